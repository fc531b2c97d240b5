import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floatBounds, int32Bounds, int64Bounds, type NumberBounds } from '../../../src/streams/parquet/bounds.ts'

/** The least and greatest number, one after the other, −0 below 0. */
function expected(values: readonly number[]): NumberBounds {
  const numbers = values.filter((value) => !Number.isNaN(value))
  const nan_count = BigInt(values.length - numbers.length)
  if (numbers.length === 0) return { nan_count }
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)]
  return { bounds: { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }, nan_count }
}

test('of float32: NaN counts as neither, zeros have the sign that readers expect', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0)), { minLength: 1 }), (values) => {
    expect(floatBounds(Float32Array.from(values))).toEqual(expected(values))
  }))
})

test('of float32: NaN of either sign', () => {
  const bits = (...words: number[]) => new Float32Array(Uint32Array.from(words).buffer)
  expect(floatBounds(bits(0xffc00000, 0x3f800000))).toEqual({ bounds: { min: 1, max: 1 }, nan_count: 1n })
  expect(floatBounds(bits(0x7fc00000, 0x7f800001))).toEqual({ nan_count: 2n })
  expect(floatBounds(bits(0x7f800000, 0xff800000))).toEqual({ bounds: { min: -Infinity, max: Infinity }, nan_count: 0n })
})

test('of float64', () => {
  fc.assert(fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
    expect(floatBounds(Float64Array.from(values))).toEqual(expected(values))
  }))
})

test('of many floats, with a few outside or no numbers anywhere among them', () => {
  const few = fc.array(fc.tuple(fc.nat(299), fc.constantFrom(-5, 5, NaN, -Infinity, Infinity, -0)), { maxLength: 6 })
  fc.assert(fc.property(fc.integer({ min: 100, max: 300 }), few, (length, outside) => {
    const values = Array.from({ length }, (_, i) => Math.sin(i))
    for (const [at, value] of outside) if (at < length) values[at] = value
    expect(floatBounds(Float64Array.from(values))).toEqual(expected(values))
    expect(floatBounds(Float32Array.from(values))).toEqual(expected(values.map(Math.fround)))
  }))
})

test('of 32-bit integers, as bits', () => {
  fc.assert(fc.property(fc.uint32Array({ minLength: 1 }), (values) => {
    const words = new Int32Array(values.buffer)
    expect(int32Bounds(words, true)).toEqual({ bounds: { min: Math.min(...words), max: Math.max(...words) } })
    expect(int32Bounds(words, false)).toEqual({ bounds: { min: Math.min(...values) | 0, max: Math.max(...values) | 0 } })
  }))
})

test('of 64-bit integers, as bits', () => {
  const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a))
  const greatest = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b > a ? b : a))
  fc.assert(fc.property(fc.bigInt64Array({ minLength: 1 }), (values) => {
    const [signed, unsigned] = [[...values], [...new BigUint64Array(values.buffer)]]
    const as = values as BigInt64Array<ArrayBuffer>
    expect(int64Bounds(as, true)).toEqual({ bounds: { min: least(signed), max: greatest(signed) } })
    expect(int64Bounds(as, false)).toEqual({ bounds: { min: BigInt.asIntN(64, least(unsigned)), max: BigInt.asIntN(64, greatest(unsigned)) } })
  }))
})
