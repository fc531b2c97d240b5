/**
 * Unit vectors in uniformly random directions: a pure function of the seed.
 *
 * Shapes: [count, dim].
 */
import { streamKey } from '../../engine/index.ts'
import { boxMullerOnHost } from '../../engine/rng/normal.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from '../../engine/rng/threefry.ts'

export function directions(seed: number, count: number, dim: number): Float64Array {
  const key = streamKey(seed, 'diagnostics/directions')
  const values = new Float64Array(count * dim)
  for (let i = 0; i < count; i++) {
    const direction = values.subarray(i * dim, (i + 1) * dim)
    for (let k = 0; k < dim; k++) direction[k] = boxMullerOnHost(threefry2x32(hostWords, key, [k >> 1, i], DRAW_ROUNDS), k & 1)
    const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
    for (let k = 0; k < dim; k++) direction[k] = (direction[k] as number) / norm
  }
  return values
}
