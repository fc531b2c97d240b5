import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyBits, countBits, exactBits, setBits } from '../../../src/streams/arrow/bits.ts'

const bit = (bits: Uint8Array, at: number): number => ((bits[at >> 3] as number) >> (at & 7)) & 1
const listOf = (bits: Uint8Array): number[] => Array.from({ length: bits.length * 8 }, (_, i) => bit(bits, i))
const Bits = fc.uint8Array({ minLength: 1, maxLength: 12 })

/** A bitmap, a place in it and a number of bits after it. */
const Range = Bits.chain((bits) => fc.nat({ max: bits.length * 8 }).chain((from) => fc.tuple(fc.constant(bits), fc.constant(from), fc.nat({ max: bits.length * 8 - from }))))

test('copyBits copies those bits and no others', () => {
  fc.assert(fc.property(Range, Bits, fc.nat({ max: 40 }), ([source, from, wanted], target, anywhere) => {
    const to = Math.min(anywhere, target.length * 8)
    const count = Math.min(wanted, target.length * 8 - to)
    const expected = listOf(target)
    expected.splice(to, count, ...listOf(source).slice(from, from + count))
    copyBits(source, from, target, to, count)
    expect(listOf(target)).toEqual(expected.slice(0, target.length * 8))
  }))
})

test('setBits sets those bits and no others', () => {
  fc.assert(fc.property(Range, ([bits, from, count]) => {
    const expected = listOf(bits).map((value, i) => (i >= from && i < from + count ? 1 : value))
    setBits(bits, from, count)
    expect(listOf(bits)).toEqual(expected)
  }))
})

test('exactBits gives the bits, and zeros to the end of the last byte', () => {
  fc.assert(fc.property(Range, ([bits, from, count]) => {
    const exact = exactBits(bits, from, count)
    expect(exact.length).toBe(Math.ceil(count / 8))
    expect(listOf(exact)).toEqual([...listOf(bits).slice(from, from + count), ...new Array<number>((8 - (count % 8)) % 8).fill(0)])
  }))
})

test('countBits counts the ones', () => {
  fc.assert(fc.property(Range, ([bits, , count]) => {
    expect(countBits(bits, count)).toBe(listOf(bits).slice(0, count).reduce((sum, value) => sum + value, 0))
  }))
})
