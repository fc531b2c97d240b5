/**
 * Random arrays on the host, for initial parameters: a pure function of the key and the order of calls.
 */
import { float32, sizeOf, streamKey, type HostArray } from '../../engine/index.ts'
import { hostNormals } from '../../engine/rng/host-normals.ts'

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
      return float32(shape, Float32Array.from(hostNormals(key, sizeOf(shape)), (z) => scale * z))
    },
    fill: (shape, value) => float32(shape, new Float32Array(sizeOf(shape)).fill(value)),
  }
}
