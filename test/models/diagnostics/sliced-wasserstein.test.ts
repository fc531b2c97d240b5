import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { directions } from '../../../src/models/diagnostics/directions.ts'
import { slicedWasserstein } from '../../../src/models/diagnostics/sliced-wasserstein.ts'
import { wassersteinPower } from '../../../src/models/diagnostics/wasserstein.ts'
import { distributionP, expectAgreement, expectRejection, seed } from '../../statistics/checks.ts'
import { gaussianPoints, pointsOf, rowsOf } from './points.ts'

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 })
const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort()

describe('wassersteinPower', () => {
  it('of sizes that differ is that of both repeated to one size', () => {
    fc.assert(fc.property(numbers, numbers, fc.constantFrom<1 | 2>(1, 2), (a, b, power) => {
      const long = (values: readonly number[], times: number): Float64Array => ascending(values.flatMap((value) => new Array<number>(times).fill(value)))
      expect(wassersteinPower(ascending(a), ascending(b), power)).toBeCloseTo(wassersteinPower(long(a, b.length), long(b, a.length), power), 10)
    }))
  })

  it('of one size is the least cost over all pairings', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 1, maxLength: 5 }), (both) => {
      const [a, b] = [both.map(([x]) => x), both.map(([, y]) => y)]
      const orders = (left: readonly number[]): number[][] => (left.length === 0 ? [[]] : left.flatMap((first, i) => orders(left.filter((_, j) => j !== i)).map((rest) => [first, ...rest])))
      const least = Math.min(...orders(b).map((order) => order.reduce((sum, y, i) => sum + (y - (a[i] as number)) ** 2, 0) / a.length))
      expect(wassersteinPower(ascending(a), ascending(b), 2)).toBeCloseTo(least, 10)
    }), { numRuns: 200 })
  })

  it('of nothing is NaN', () => {
    expect(wassersteinPower(new Float64Array(0), Float64Array.of(1), 1)).toBe(NaN)
  })
})

describe('slicedWasserstein', () => {
  it('of points moved is what the projections of the move say', () => {
    const x = gaussianPoints(1, 'x', 50, 3)
    const move = [1, -2, 0.5]
    const y = pointsOf(rowsOf(x).map((row) => row.map((value, k) => value + (move[k] as number))))
    const along = Array.from({ length: 64 }, (_, i) => directions(5, 64, 3).subarray(3 * i, 3 * i + 3).reduce((sum, value, k) => sum + value * (move[k] as number), 0))
    const expected = (power: number): number => (along.reduce((sum, value) => sum + Math.abs(value) ** power, 0) / 64) ** (1 / power)
    expect(slicedWasserstein(x, y, { projections: 64, power: 2, seed: 5 })).toBeCloseTo(expected(2), 10)
    expect(slicedWasserstein(x, y, { projections: 64, power: 1, seed: 5 })).toBeCloseTo(expected(1), 10)
    // Over all directions (θ·m)² has the mean |m|²/d.
    expect(slicedWasserstein(x, y, { projections: 20_000 })).toBeCloseTo(Math.sqrt(5.25 / 3), 1)
  })

  it('of points stretched is the stretch, in one dimension exactly', () => {
    const x = pointsOf([[3], [-1], [2]])
    expect(slicedWasserstein(x, pointsOf([[6], [-2], [4]]))).toBeCloseTo(Math.sqrt((9 + 1 + 4) / 3), 12)
    expect(slicedWasserstein(x, x)).toBe(0)
  })

  it('is a pure function of its seed', () => {
    const [x, y] = [gaussianPoints(1, 'x', 20, 4), gaussianPoints(1, 'y', 30, 4)]
    expect(slicedWasserstein(x, y, { seed: 3 })).toBe(slicedWasserstein(x, y, { seed: 3 }))
    expect(slicedWasserstein(x, y, { seed: 3 })).not.toBe(slicedWasserstein(x, y, { seed: 4 }))
  })
})

describe('directions', () => {
  it('are of unit length, and uniform on the sphere', () => {
    const all = directions(seed(45), 4000, 3)
    const [first, length] = [new Float64Array(4000), new Float64Array(4000)]
    for (let i = 0; i < 4000; i++) {
      const row = all.subarray(3 * i, 3 * i + 3)
      first[i] = row[0] as number
      length[i] = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    }
    for (const value of length) expect(value).toBeCloseTo(1, 12)
    // Archimedes: a coordinate on the sphere in three dimensions is uniform in (-1, 1).
    expectAgreement('a coordinate', distributionP(first, (value) => (value + 1) / 2))
    expectRejection('a coordinate of the square of it', distributionP(first.map((value) => value ** 3), (value) => (value + 1) / 2))
  })
})
