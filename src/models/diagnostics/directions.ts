/**
 * Unit vectors in uniformly random directions: a pure function of the seed.
 *
 * Shapes: [count, dim].
 */
import { streamKey } from '../../engine/index.ts'
import { hostNormals } from '../../engine/rng/host-normals.ts'

export function directions(seed: number, count: number, dim: number): Float64Array {
  const key = streamKey(seed, 'diagnostics/directions')
  const values = new Float64Array(count * dim)
  for (let i = 0; i < count; i++) {
    const direction = hostNormals(key, dim, i)
    const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
    values.set(direction.map((value) => value / norm), i * dim)
  }
  return values
}
