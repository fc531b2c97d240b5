/**
 * Memory for the columns of a call, which a worker can read.
 *
 * That of a stream that is over serves the next one: the first touch of 16 MB of fresh memory takes 7 ms, of known memory 1.
 */
import { float32, sharedFloats, sizeOf, type HostArray } from '../../../engine/index.ts'

const KEPT_BYTES = 32 * 2 ** 20
const free: Float32Array[] = []

export function takeRoom(shape: readonly number[]): HostArray {
  const at = free.findIndex(({ length }) => length === sizeOf(shape))
  return at < 0 ? sharedFloats(shape) : float32(shape, free.splice(at, 1)[0] as Float32Array)
}

/** Nobody reads or writes it any more. What was given back first is let go. */
export function giveBackRoom({ data }: HostArray): void {
  free.push(data as Float32Array)
  while (free.reduce((sum, { byteLength }) => sum + byteLength, 0) > KEPT_BYTES) free.shift()
}
