/**
 * Bitmaps as Arrow has them: the least significant bit first, beginning at any bit.
 */
import type { Data } from 'apache-arrow'

export const bitAt = (bits: Uint8Array, at: number): number => ((bits[at >> 3] as number) >> (at & 7)) & 1

function setBit(bits: Uint8Array, at: number, bit: number): void {
  const mask = 1 << (at & 7)
  const byte = bits[at >> 3] as number
  bits[at >> 3] = bit === 0 ? byte & ~mask : byte | mask
}

/** Copies `count` bits from bit `from` of a bitmap to bit `to` of another. */
export function copyBits(source: Uint8Array, from: number, target: Uint8Array, to: number, count: number): void {
  let done = 0
  for (; done < count && ((to + done) & 7) !== 0; done++) setBit(target, to + done, bitAt(source, from + done))
  const [shift, first, at, whole] = [(from + done) & 7, (from + done) >> 3, (to + done) >> 3, (count - done) >> 3]
  if (shift === 0) target.set(source.subarray(first, first + whole), at)
  else for (let i = 0; i < whole; i++) target[at + i] = ((source[first + i] as number) >> shift) | ((source[first + i + 1] as number) << (8 - shift))
  for (done += whole * 8; done < count; done++) setBit(target, to + done, bitAt(source, from + done))
}

/** Sets `count` bits from bit `from` to 1. */
export function setBits(target: Uint8Array, from: number, count: number): void {
  let [at, end] = [from, from + count]
  for (; at < end && (at & 7) !== 0; at++) setBit(target, at, 1)
  const whole = (end - at) >> 3
  target.fill(0xff, at >> 3, (at >> 3) + whole)
  for (at += whole * 8; at < end; at++) setBit(target, at, 1)
}

/** How many of the first `count` bits are 1. */
export function countBits(bits: Uint8Array, count: number): number {
  let ones = 0
  const whole = count >> 3
  let i = 0
  for (; i + 3 < whole; i += 4) { // flags are mostly 0: four bytes at a time
    if (((bits[i] as number) | (bits[i + 1] as number) | (bits[i + 2] as number) | (bits[i + 3] as number)) === 0) continue
    for (let j = i; j < i + 4; j++) ones += ONES[bits[j] as number] as number
  }
  for (; i < whole; i++) ones += ONES[bits[i] as number] as number
  for (let bit = whole * 8; bit < count; bit++) ones += bitAt(bits, bit)
  return ones
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** `count` bits from bit `from`, in so many bytes as they need; the bits after them are 0. A view where it can be. */
export function exactBits(bits: Uint8Array, from: number, count: number): Uint8Array {
  const bytes = (count + 7) >> 3
  const view = bits.subarray(from >> 3, (from >> 3) + bytes)
  if ((from & 7) === 0 && view.length === bytes && ((view[bytes - 1] ?? 0) & ~lastByte(count)) === 0) return view
  const copy = new Uint8Array(bytes)
  copyBits(bits, from, copy, 0, Math.min(count, bits.length * 8 - from))
  return copy
}

/** The bits of the last byte that belong to the first `count`. */
const lastByte = (count: number): number => ((count & 7) === 0 ? 0xff : (1 << (count & 7)) - 1)

/** Which rows of a column are there, a bit each; undefined if all are. */
export const validBits = ({ nullCount, nullBitmap, offset, length }: Data): Uint8Array | undefined =>
  nullCount > 0 ? exactBits(nullBitmap, offset, length) : undefined

export const isSet = (bits: Uint8Array, at: number): boolean => bitAt(bits, at) === 1
