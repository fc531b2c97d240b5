/**
 * The least and greatest value of a column chunk, by which readers skip what they do not need.
 *
 * NaN counts as neither; a zero is −0 as the least and +0 as the greatest, as the format demands.
 */
import type { MinMax } from './values.ts'

export interface NumberBounds {
  /** Absent without numbers. */
  readonly bounds?: MinMax
  /** Of floats. */
  readonly nan_count?: bigint
}

export function floatBounds(values: Float32Array | Float64Array): NumberBounds {
  const { min, max, nans } = rangeOf(values)
  const nan_count = BigInt(nans)
  return nans === values.length ? { nan_count } : { bounds: { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }, nan_count }
}

/** Of words that are unsigned numbers if not signed ones; the bounds are words, too. */
export function int32Bounds(words: Int32Array, is_signed: boolean): NumberBounds {
  if (words.length === 0) return {}
  const { min, max } = rangeOf(is_signed ? words : new Uint32Array(words.buffer, words.byteOffset, words.length))
  return { bounds: { min: min | 0, max: max | 0 } }
}

interface Range {
  readonly min: number
  readonly max: number
  readonly nans: number
}

/**
 * Four values at once are compared with what is known so far: hardly any lies outside, but in ascending or descending
 * ones. Where one does, or is NaN, the next few are taken in one by one.
 */
function rangeOf(values: Float32Array | Float64Array | Int32Array | Uint32Array): Range {
  let min = Infinity
  let max = -Infinity
  let nans = 0
  const { length } = values
  for (let i = 0; i < length; i += 4) {
    if (i + 3 < length) {
      const a = values[i] as number
      const b = values[i + 1] as number
      const c = values[i + 2] as number
      const d = values[i + 3] as number
      if (a >= min && a <= max && b >= min && b <= max && c >= min && c <= max && d >= min && d <= max) continue
    }
    const end = Math.min(i + FEW, length)
    for (let j = i; j < end; j++) {
      const value = values[j] as number
      if (value < min) min = value
      if (value > max) max = value
      if (value !== value) nans++
    }
    i = end - 4
  }
  return { min, max, nans }
}

const FEW = 32

export function int64Bounds(values: BigInt64Array<ArrayBuffer>, is_signed: boolean): NumberBounds {
  if (values.length === 0) return {}
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const flip = is_signed ? 0 : 0x80000000 | 0
  let [min, max] = [0, 0]
  const isBelow = (a: number, b: number): boolean => {
    const [high, other] = [(words[2 * a + 1] as number) ^ flip, (words[2 * b + 1] as number) ^ flip]
    return high < other || (high === other && (words[2 * a] as number) >>> 0 < (words[2 * b] as number) >>> 0)
  }
  for (let i = 1; i < values.length; i++) {
    if (isBelow(i, min)) min = i
    if (isBelow(max, i)) max = i
  }
  return { bounds: { min: values[min] as bigint, max: values[max] as bigint } }
}
