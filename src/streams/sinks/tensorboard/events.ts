/**
 * Events as TensorBoard reads them: protocol buffers in TensorFlow's record format.
 *
 *   record: length u64, its masked CRC-32C, the event, its masked CRC-32C; little-endian
 *
 * Times are 0: files of the same rows are the same. TensorBoard orders by step.
 * Source: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, tensorflow/core/lib/io/record_writer.cc
 */
import { maskedCrc32c } from './crc32c.ts'

export interface ScalarValue {
  readonly tag: string
  readonly value: number
}

/** The event that a file begins with. */
export const versionEvent = (): Uint8Array => record([...wallTime(), ...text(3, 'brain.Event:2')])

/** One row of scalars at a step. */
export function scalarsEvent(step: bigint, scalars: readonly ScalarValue[]): Uint8Array {
  const summary = scalars.flatMap(({ tag, value }) => field(1, [...text(1, tag), ...float(2, value)]))
  return record([...wallTime(), ...varint(tagOf(2, VARINT)), ...varint(step), ...field(5, summary)])
}

function record(event: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + event.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(event.length), true)
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true)
  bytes.set(event, 12)
  view.setUint32(12 + event.length, maskedCrc32c(bytes.subarray(12, 12 + event.length)), true)
  return bytes
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5] as const

const tagOf = (number: number, type: number): bigint => BigInt((number << 3) | type)

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

const field = (number: number, bytes: readonly number[]): number[] => [...varint(tagOf(number, BYTES)), ...varint(BigInt(bytes.length)), ...bytes]
const text = (number: number, value: string): number[] => field(number, [...new TextEncoder().encode(value)])
const float = (number: number, value: number): number[] => [...varint(tagOf(number, FIXED32)), ...new Uint8Array(Float32Array.of(value).buffer)]
const wallTime = (): number[] => [...varint(tagOf(1, FIXED64)), ...new Uint8Array(8)]
