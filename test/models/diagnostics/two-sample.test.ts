/** Energy distance, discrepancy and sliced Wasserstein: values by hand, and what they are in expectation. */
import { describe, expect, test } from 'vitest'
import { energyDistance } from '../../../src/models/diagnostics/energy-distance.ts'
import { maximumMeanDiscrepancy, scalesOf } from '../../../src/models/diagnostics/maximum-mean-discrepancy.ts'
import type { Points } from '../../../src/models/diagnostics/points.ts'
import { slicedWasserstein, squaredWasserstein } from '../../../src/models/diagnostics/sliced-wasserstein.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { gaussianPoints, points } from './points.ts'

/** A measure of many pairs of small independent sets of N(0, 1) and N(shift, 1). */
const repeated = (measure: (a: Points, b: Points) => number, shift: number): number[] =>
  Array.from({ length: 1000 }, (_, i) => measure(gaussianPoints(seed(i), 'a', 12, 1), gaussianPoints(seed(i), 'b', 9, 1, shift)))

/** E|X| of X ~ N(mean, sd²). */
const meanAbsolute = (mean: number, sd: number): number =>
  sd * Math.sqrt(2 / Math.PI) * Math.exp(-(mean ** 2) / (2 * sd ** 2)) + mean * (1 - 2 * normalCdf(-mean / sd))

describe('the energy distance', () => {
  test('of four points by hand', () => {
    // across: (3 + 1 + 4 + 2)/4, within: 1 and 2
    expect(energyDistance(points([0], [-1]), points([3], [1]))).toBeCloseTo(2 * 2.5 - 1 - 2, 14)
  })

  test('is that of the distributions in expectation, and not with the pairs of a point with itself', () => {
    const truth = 2 * meanAbsolute(1, Math.SQRT2) - 2 * meanAbsolute(0, Math.SQRT2)
    expectAgreement('shifted by 1', meanP(repeated(energyDistance, 1), truth))
    expectAgreement('the same', meanP(repeated(energyDistance, 0), 0))
    const biased = (a: Points, b: Points): number => energyDistance(a, b) + meanAbsolute(0, Math.SQRT2) * (1 / 12 + 1 / 9)
    expectRejection('the same, biased', meanP(repeated(biased, 0), 0))
  })
})

describe('the maximum mean discrepancy', () => {
  test('of four points by hand', () => {
    const k = (r: number): number => Math.exp((-r * r) / 8)
    expect(maximumMeanDiscrepancy(points([0], [-1]), points([3], [1]), [2])).toBeCloseTo(k(1) + k(2) - (k(3) + k(1) + k(4) + k(2)) / 2, 14)
    const two = (h: number): number => maximumMeanDiscrepancy(points([0], [-1]), points([3], [1]), [h])
    expect(maximumMeanDiscrepancy(points([0], [-1]), points([3], [1]), [1, 2])).toBeCloseTo((two(1) + two(2)) / 2, 14)
  })

  test('is that of the distributions in expectation, and not with the pairs of a point with itself', () => {
    const h = 0.8
    const measure = (a: Points, b: Points): number => maximumMeanDiscrepancy(a, b, [h])
    const kernel = (shift: number): number => (h / Math.sqrt(h * h + 2)) * Math.exp(-(shift ** 2) / (2 * (h * h + 2)))
    expectAgreement('shifted by 1', meanP(repeated(measure, 1), 2 * kernel(0) - 2 * kernel(1)))
    expectAgreement('the same', meanP(repeated(measure, 0), 0))
    const biased = (a: Points, b: Points): number => measure(a, b) + (1 - kernel(0)) * (1 / 12 + 1 / 9)
    expectRejection('the same, biased', meanP(repeated(biased, 0), 0))
  })

  test('takes the median distance, half of it and twice, unless scales are given', () => {
    expect(scalesOf(points([0], [1]), points([3], [7]))).toEqual([2, 4, 8]) // distances 1 2 3 4 6 7
    expect(scalesOf(points([5], [5]), points([5]))).toEqual([1])
  })
})

describe('the Wasserstein distance along a line', () => {
  test('of sets of one size pairs them in order', () => {
    expect(squaredWasserstein(Float64Array.of(0, 1, 5), Float64Array.of(1, 3, 4))).toBeCloseTo((1 + 4 + 1) / 3, 14)
  })

  test('of sets of different sizes splits the mass', () => {
    expect(squaredWasserstein(Float64Array.of(0), Float64Array.of(-1, 2))).toBeCloseTo((1 + 4) / 2, 14)
    // thirds against halves: [0, ⅓) 0–0, [⅓, ½) 1–0, [½, ⅔) 1–6, [⅔, 1] 2–6
    expect(squaredWasserstein(Float64Array.of(0, 1, 2), Float64Array.of(0, 6))).toBeCloseTo(1 / 6 + 25 / 6 + 16 / 3, 13)
  })
})

describe('the sliced Wasserstein distance', () => {
  const a = gaussianPoints(3, 'a', 50, 4)
  const moved: Points = { ...a, values: a.values.map((value, i) => value + (i % 4 === 2 ? 3 : 0)) }

  test('of a set to itself is 0, in one dimension it is the shift', () => {
    expect(slicedWasserstein(a, a)).toBe(0)
    const line = gaussianPoints(4, 'a', 30, 1)
    expect(slicedWasserstein(line, { dim: 1, values: line.values.map((x) => x - 2) }, { directions: 7 })).toBeCloseTo(2, 12)
  })

  test('of a set moved by t is |t|/√dim over all directions, and the seed draws them', () => {
    const squares = Array.from({ length: 500 }, (_, i) => slicedWasserstein(a, moved, { directions: 1, seed: seed(i) }) ** 2)
    expectAgreement('|t|²/dim', meanP(squares, 9 / 4))
    expectRejection('|t|²/(dim − 1)', meanP(squares, 9 / 3))
    expect(slicedWasserstein(a, moved, { seed: 1 })).toBe(slicedWasserstein(a, moved, { seed: 1 }))
    expect(slicedWasserstein(a, moved, { seed: 1 })).not.toBe(slicedWasserstein(a, moved, { seed: 2 }))
  })
})

test('pairs need two points of each', () => {
  expect(() => energyDistance(points([1]), points([1], [2]))).toThrow('pairs within 1 and 2 points: two of each at least')
  expect(() => maximumMeanDiscrepancy(points([1], [2]), points([1, 2], [3, 4]))).toThrow('points of 1 and of 2 coordinates')
  expect(() => slicedWasserstein(points([1]), points([1, 2]))).toThrow('points of 1 and of 2 coordinates')
})
