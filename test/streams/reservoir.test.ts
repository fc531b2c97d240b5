import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedDraws } from '../../src/streams/draws.ts'
import { Reservoir } from '../../src/streams/reservoir.ts'
import { countsP, expectAgreement, expectRejection, seed } from '../statistics/checks.ts'

const sample = (values: ArrayLike<number>, capacity: number, of = 1): number[] => {
  const reservoir = new Reservoir(capacity, keyedDraws(of, 'reservoir'))
  reservoir.add(Float64Array.from(values))
  return [...reservoir.sorted()]
}

describe('Reservoir', () => {
  it('holds all numbers while there is room', () => {
    fc.assert(fc.property(fc.array(fc.integer(), { maxLength: 20 }), (values) => {
      expect(sample(values, 20)).toEqual([...values].sort((a, b) => a - b))
    }))
  })

  it('holds as many of the numbers as it has room for, whatever pieces they come in', () => {
    const values = Float64Array.from({ length: 5000 }, (_, i) => i)
    const pieces = new Reservoir(50, keyedDraws(1, 'reservoir'))
    for (let from = 0; from < 5000; from += 37) pieces.add(values, from, Math.min(5000, from + 37))
    expect([...pieces.sorted()]).toEqual(sample(values, 50))
    expect(new Set(pieces.sorted()).size).toBe(50)
  })

  it('holds each number with the same probability', () => {
    const counts = Array.from({ length: 40 }, () => 0)
    const values = Float64Array.from({ length: 40 }, (_, i) => i)
    const RUNS = 20_000
    for (let i = 0; i < RUNS; i++) for (const value of sample(values, 5, seed(31) + i)) counts[value] = (counts[value] as number) + 1
    // Five of forty without replacement: counts are less spread than independent ones, by (40 - 5) / 39.
    expectAgreement('places in the reservoir', countsP(counts, new Array<number>(40).fill(1 / 40)))
    expectRejection('places in a part of it', countsP(counts.map((count, i) => (i < 20 ? count * 1.1 : count * 0.9)), new Array<number>(40).fill(1 / 40)))
  })

  it('leaves out what is not finite', () => {
    expect(sample([1, NaN, 2, Infinity], 10)).toEqual([1, 2])
  })
})
