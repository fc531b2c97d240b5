/**
 * Random arrays on the host, for initial parameters: a pure function of the key and the order of calls.
 */
import { float32, sizeOf, streamKey, type HostArray } from '../../engine/index.ts'
import { boxMullerOnHost } from '../../engine/rng/normal.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from '../../engine/rng/threefry.ts'

export interface HostDraws {
  /** Normal numbers of standard deviation `scale`. */
  normal(shape: readonly number[], scale: number): HostArray<'float32'>
  fill(shape: readonly number[], value: number): HostArray<'float32'>
}

export function hostDraws(seed: number, name: string): HostDraws {
  let calls = 0
  return {
    normal(shape, scale) {
      const key = streamKey(seed, `${name}/${calls++}`)
      const values = new Float32Array(sizeOf(shape))
      for (let i = 0; i < values.length; i++) {
        values[i] = scale * boxMullerOnHost(threefry2x32(hostWords, key, [i >> 1, 0], DRAW_ROUNDS), i & 1)
      }
      return float32(shape, values)
    },
    fill: (shape, value) => float32(shape, new Float32Array(sizeOf(shape)).fill(value)),
  }
}
