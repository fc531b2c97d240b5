/** Points for tests, and truths about Gaussian ones. */
import type { Points } from '../../../src/models/diagnostics/contract.ts'
import { keyedDraws } from '../../../src/streams/draws.ts'

/** Draws of N(mean, sd² I) in `dim` dimensions, a pure function of seed and site. */
export function gaussianPoints(seed: number, site: string, count: number, dim: number, { mean = 0, sd = 1 } = {}): Points {
  const draws = keyedDraws(seed, site)
  return { values: Float64Array.from({ length: count * dim }, (_, i) => mean + sd * (draws.normals(i >> 1)[i & 1] as number)), count, dim }
}

/** What `measure` gives for many independent pairs of samples. */
export const replicates = (count: number, measure: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => measure(i))

export const pointsOf = (rows: readonly (readonly number[])[]): Points => ({ values: Float64Array.from(rows.flat()), count: rows.length, dim: rows[0]?.length ?? 0 })

/** Row by row. */
export const rowsOf = ({ values, count, dim }: Points): number[][] => Array.from({ length: count }, (_, i) => [...values.subarray(i * dim, (i + 1) * dim)])

export const meanOver = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** |a − b|². */
export const squared = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, k) => sum + (value - (b[k] as number)) ** 2, 0)

/** f of all pairs, of the same point too where `self`. */
export const pairs = (a: readonly number[][], b: readonly number[][], f: (a: number[], b: number[]) => number, self = true): number[] =>
  a.flatMap((u, i) => b.flatMap((v, j) => (self || i !== j ? [f(u, v)] : [])))
