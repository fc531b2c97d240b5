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

/** By the bits: as integers whose order is that of the floats, they are compared three times as fast. */
export function float32Bounds(values: Float32Array): NumberBounds {
  const { min, max } = int32Range(new Int32Array(values.buffer, values.byteOffset, values.length), FLOATS)
  if (values.length === 0 || max > INFINITY || min < -INFINITY - 1) return floatBounds(values) // there are NaN among them
  const [least, greatest] = new Float32Array(Int32Array.of(orderOf(min, FLOATS), orderOf(max, FLOATS)).buffer) as unknown as [number, number]
  return { ...zeros(least, greatest), nan_count: 0n }
}

export const float64Bounds = (values: Float64Array): NumberBounds => floatBounds(values)

/** The bits of +∞. */
const INFINITY = 0x7f800000

function floatBounds(values: Float32Array | Float64Array): NumberBounds {
  let [min, max, numbers] = [Infinity, -Infinity, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value < min) min = value
    if (value > max) max = value
    if (value === value) numbers++
  }
  const nan_count = BigInt(values.length - numbers)
  return numbers === 0 ? { nan_count } : { ...zeros(min, max), nan_count }
}

const zeros = (min: number, max: number): NumberBounds => ({ bounds: { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max } })

export function int32Bounds(values: Int32Array, is_signed: boolean): NumberBounds {
  if (values.length === 0) return {}
  const order = is_signed ? SIGNED : UNSIGNED
  const { min, max } = int32Range(values, order)
  return { bounds: { min: orderOf(min, order), max: orderOf(max, order) } }
}

/** How the bits of a number become a signed integer in the same place of the order, and back: one bit turned, or those below a sign. */
interface Order {
  readonly flip: number
  readonly below: number
}

const SIGNED: Order = { flip: 0, below: 0 }
const UNSIGNED: Order = { flip: 0x80000000 | 0, below: 0 }
const FLOATS: Order = { flip: 0, below: 0x7fffffff }

const orderOf = (word: number, { flip, below }: Order): number => word ^ flip ^ ((word >> 31) & below)

function int32Range(words: Int32Array, { flip, below }: Order): { readonly min: number; readonly max: number } {
  let min = 0x7fffffff
  let max = -0x80000000
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number
    const value = word ^ flip ^ ((word >> 31) & below)
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

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
