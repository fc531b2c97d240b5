/** Points for tests. */
import type { Points } from '../../../src/models/diagnostics/points.ts'
import { streamKey } from '../../../src/engine/index.ts'
import { hostNormals } from '../../../src/engine/rng/host-normals.ts'

export const points = (...rows: readonly (readonly number[])[]): Points => ({ values: Float64Array.from(rows.flat()), dim: rows[0]?.length ?? 1 })

/** Of N(mean, sd² I), a set of its own for each name. */
export function gaussianPoints(seed: number, name: string, rows: number, dim: number, mean = 0, sd = 1): Points {
  return { values: hostNormals(streamKey(seed, name), rows * dim).map((z) => mean + sd * z), dim }
}
