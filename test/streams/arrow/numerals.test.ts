import fc from 'fast-check'
import { expect, test } from 'vitest'
import { float32Text, int64Text } from '../../../src/streams/arrow/numerals.ts'

const Float32 = fc.float({ noNaN: true, noDefaultInfinity: true })

test('a float32 reads back as itself', () => {
  fc.assert(fc.property(Float32, (x) => {
    expect(Math.fround(Number(float32Text(x)))).toBe(x)
  }), { numRuns: 20_000 })
})

test('no shorter decimal reads back as it', () => {
  fc.assert(fc.property(Float32, fc.integer({ min: -7, max: 7 }), (mantissa, exponent) => {
    const x = Math.fround((mantissa / 2 ** Math.ceil(Math.log2(Math.abs(mantissa) + 1e-45))) * 10 ** exponent)
    let digits = 1
    while (Math.fround(Number(x.toPrecision(digits))) !== x) digits++
    const shortest = String(Number(x.toPrecision(digits)))
    expect(float32Text(x).length).toBeLessThanOrEqual(Object.is(x, -0) ? 2 : shortest.length)
  }), { numRuns: 20_000 })
})

test.each([
  [0.1, '0.1'], [-0, '-0'], [1e-7, '1e-7'], [2 ** 24, '16777216'], [123456.79, '123456.79'], [3.4028234663852886e38, '3.4028235e+38'], [1.401298464324817e-45, '1e-45'], [1 / 3, '0.33333334'],
])('%d is %s', (x, text) => expect(float32Text(Math.fround(x))).toBe(text))

test('64-bit integers are written in full', () => {
  const words = (value: bigint): [number, number] => [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))]
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
    expect(int64Text(...words(value), true)).toBe(String(value))
  }))
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
    expect(int64Text(...words(value), false)).toBe(String(value))
  }))
  for (const value of [0n, -1n, -(2n ** 31n), -(2n ** 32n), 2n ** 32n - 1n, 2n ** 53n]) expect(int64Text(...words(value), true)).toBe(String(value))
})
