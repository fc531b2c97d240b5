/** Arrays of arbitrary but fixed numbers: a test works with the same ones on every machine. */
import { float32, int32, sizeOf, type HostArray } from '../../src/engine/index.ts'
import { hostWords, threefry2x32 } from '../../src/engine/rng/threefry.ts'

/**
 * float32 numbers between `low` and `high`, spread evenly but in no order: no two are close to each
 * other, nor to those of another `seed`, so that differences do not step over a kink.
 */
export function floats(shape: readonly number[], low = -1, high = 1, seed = 0): HostArray<'float32'> {
  const size = sizeOf(shape)
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => uniform(seed, a) - uniform(seed, b))
  const offset = 0.2 + 0.6 * ((seed * 0.618) % 1)
  const values = new Float32Array(size)
  order.forEach((place, rank) => {
    values[place] = low + ((high - low) * (rank + offset)) / size
  })
  return float32(shape, values)
}

/** Integers from `low` to `high`, itself excluded. */
export function ints(shape: readonly number[], low: number, high: number, seed = 0): HostArray<'int32'> {
  return int32(shape, Int32Array.from({ length: sizeOf(shape) }, (_, i) => low + Math.floor((high - low) * uniform(seed, i))))
}

const uniform = (seed: number, i: number): number => (threefry2x32(hostWords, [seed, 1], [i, 0], 20)[0] >>> 0) / 2 ** 32
