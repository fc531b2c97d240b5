import { describe, expect, test } from 'vitest'
import { compareManifolds, squaredRadii } from '../../../bench/quality/manifold.ts'
import type { Points } from '../../../src/models/diagnostics/contract.ts'
import { squaredDistance } from '../../../src/models/diagnostics/distances.ts'
import { pointsIn } from '../../../src/models/diagnostics/points.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { gaussianPoints, pointsOf } from '../../models/diagnostics/points.ts'

const join = (a: Points, b: Points): Points => pointsIn(Float64Array.from([...a.values, ...b.values]), a.dim)

describe('radii', () => {
  test('are squared distances to the k-th nearest other point', () => {
    expect([...squaredRadii(pointsOf([[0], [1], [3], [7]]), 2)]).toEqual([9, 4, 9, 36])
  })

  test('agree with sorting all distances', () => {
    const a = gaussianPoints(1, 'a', 60, 3)
    const sorted = Array.from({ length: 60 }, (_, i) => Array.from({ length: 60 }, (_, j) => squaredDistance(a, i, a, j)).sort((x, y) => x - y)[4])
    expect([...squaredRadii(a, 4)]).toEqual(sorted)
  })

  test('need more points than k', () => {
    expect(() => squaredRadii(pointsOf([[0], [1]]), 2)).toThrow('2 points have no 2 neighbours each')
  })
})

describe('two sets', () => {
  const real = gaussianPoints(1, 'real', 200, 4)
  const far = gaussianPoints(2, 'far', 200, 4, { mean: 100 })

  test('that are one cover each other; each ball holds its point and k others', () => {
    expect(compareManifolds(real, real, 5)).toEqual({ precision: 1, recall: 1, density: 6 / 5, coverage: 1 })
  })

  test('far apart do not cover each other', () => {
    expect(compareManifolds(far, real)).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 })
  })

  test('one of which has one of two modes: precise, but half is not covered', () => {
    const { precision, recall, coverage } = compareManifolds(join(real, real), join(real, far))
    expect([precision, recall, coverage]).toEqual([1, 0.5, 0.5])
  })

  test('one of which has a mode that is not real: half is not precise, all is covered', () => {
    const { precision, recall, coverage, density } = compareManifolds(join(real, far), join(real, real))
    expect([precision, recall, coverage]).toEqual([0.5, 1, 1])
    expect(density).toBeGreaterThan(0)
  })

  test('of a few points, by hand', () => {
    // k 1: the real balls are 0 ± 1, 1 ± 1, 4 ± 3; the generated ones 2 ± 8, 10 ± 8
    expect(compareManifolds(pointsOf([[2], [10]]), pointsOf([[0], [1], [4]]), 1)).toEqual({ precision: 0.5, recall: 1, density: 1, coverage: 2 / 3 })
  })

  test('of one distribution have density 1 in expectation, and the coverage of ranks', () => {
    const [generated, real, k] = [25, 30, 3]
    const results = Array.from({ length: 400 }, (_, i) => compareManifolds(gaussianPoints(seed(i), 'a', generated, 2), gaussianPoints(seed(i), 'b', real, 2), k))
    // A ball holds none if the k points nearest to its own, of the n − 1 real and m generated ones, are all real.
    const empty = [0, 1, 2].reduce((product, j) => (product * (real - 1 - j)) / (real - 1 + generated - j), 1)
    expectAgreement('density', meanP(results.map(({ density }) => density), 1))
    expectAgreement('coverage', meanP(results.map(({ coverage }) => coverage), 1 - empty))
    expectRejection('density with one neighbour too many', meanP(results.map(({ density }) => (density * (k + 1)) / k), 1))
    expectRejection('coverage of infinitely many', meanP(results.map(({ coverage }) => coverage), 1 - 2 ** -k))
  })
})
