import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Moments } from '../../src/streams/moments.ts'

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const sdOf = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1))

describe('Moments', () => {
  it('agree with two passes, in whatever pieces numbers come', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 20 }), { maxLength: 8 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }), (pieces, shift) => {
      const shifted = pieces.map((piece) => piece.map((value) => value + shift))
      const moments = new Moments()
      for (const piece of shifted) moments.add(Float64Array.from(piece))
      const all = shifted.flat()
      expect(moments.count).toBe(all.length)
      if (all.length > 0) expect(Math.abs(moments.mean - meanOf(all))).toBeLessThanOrEqual(1e-12 * (Math.abs(shift) + 1e3))
      if (all.length > 1) expect(Math.abs(moments.sd - sdOf(all))).toBeLessThanOrEqual(1e-14 * (Math.abs(shift) + 1e3) + 1e-9 * sdOf(all))
    }), { numRuns: 300 })
  })

  it('leave out what is not finite', () => {
    const moments = new Moments()
    moments.add(Float32Array.of(NaN, NaN))
    moments.add(Float32Array.of(1, NaN, 3))
    moments.add(Float32Array.of(Infinity, 5, -Infinity))
    expect([moments.count, moments.mean, moments.sd]).toEqual([3, 3, 2])
  })

  it('take a part of an array', () => {
    const moments = new Moments()
    moments.add(Int32Array.of(9, 1, 3, 9), 1, 3)
    expect([moments.count, moments.mean]).toEqual([2, 2])
  })

  it('of nothing are NaN', () => {
    const moments = new Moments()
    moments.add(new Float32Array(0))
    expect([moments.count, moments.mean, moments.sd]).toEqual([0, NaN, NaN])
    moments.add(Float32Array.of(4))
    expect([moments.mean, moments.sd]).toEqual([4, NaN])
  })

  it('do not cancel far from zero', () => {
    const moments = new Moments()
    for (let i = 0; i < 100; i++) moments.add(Float64Array.of(1e15 + 1, 1e15 - 1))
    expect(moments.mean).toBe(1e15)
    expect(moments.sd).toBeCloseTo(Math.sqrt(200 / 199), 10)
  })
})
