import { describe, expect, it } from 'vitest'
import { squaredMmd } from '../../../src/models/diagnostics/mmd.ts'
import { medianDistance } from '../../../src/models/diagnostics/distances.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { gaussianPoints, meanOver, pairs, pointsOf, replicates, rowsOf, squared } from './points.ts'

/** E k over N(0, s² I) and N(μ 1, t² I), the difference of which is N(μ 1, (s² + t²) I). */
const expectedKernel = (h: number, variance: number, mean: number, dim: number): number =>
  ((h * h) / (h * h + variance)) ** (dim / 2) * Math.exp((-dim * mean * mean) / (2 * (h * h + variance)))

const truth = (h: number, dim: number, { mean = 0, sd = 1 }): number =>
  expectedKernel(h, 2, 0, dim) + expectedKernel(h, 2 * sd * sd, 0, dim) - 2 * expectedKernel(h, 1 + sd * sd, mean, dim)

describe('squaredMmd', () => {
  it('is what its formula says', () => {
    const [x, y] = [gaussianPoints(1, 'x', 7, 5), gaussianPoints(1, 'y', 4, 5, { mean: 1 })]
    const kernel = (a: number[], b: number[]): number => meanOver([0.5, 2].map((scale) => Math.exp(-squared(a, b) / (2 * (1.5 * scale) ** 2))))
    const [u, v] = [rowsOf(x), rowsOf(y)]
    const expected = meanOver(pairs(u, u, kernel, false)) + meanOver(pairs(v, v, kernel, false)) - 2 * meanOver(pairs(u, v, kernel))
    expect(squaredMmd(x, y, { bandwidth: 1.5, scales: [0.5, 2] })).toBeCloseTo(expected, 14)
  })

  it.each([{ dim: 1, mean: 0, sd: 1 }, { dim: 2, mean: 0.7, sd: 1 }, { dim: 3, mean: 0.3, sd: 1.5 }])('is right in the mean for Gaussians, $dim-dimensional', ({ dim, ...other }) => {
    const [m, n, h] = [12, 17, 1.3]
    const values = replicates(3000, (i) => squaredMmd(gaussianPoints(seed(41), `x ${i}`, m, dim), gaussianPoints(seed(41), `y ${i}`, n, dim, other), { bandwidth: h }))
    expectAgreement('mean MMD²', meanP(values, truth(h, dim, other)))
    // A V-statistic counts each point with itself, where k = 1.
    const biased = values.map((value) => value + (1 - expectedKernel(h, 2, 0, dim)) / m + (1 - expectedKernel(h, 2 * other.sd ** 2, 0, dim)) / n)
    expectRejection('mean MMD² of a V-statistic', meanP(biased, truth(h, dim, other)))
  })

  it('takes the median distance for its bandwidth', () => {
    const [x, y] = [gaussianPoints(2, 'x', 40, 2), gaussianPoints(2, 'y', 30, 2)]
    const all = [...rowsOf(x), ...rowsOf(y)]
    const distances = all.flatMap((a, i) => all.slice(0, i).map((b) => Math.sqrt(squared(a, b)))).sort((a, b) => a - b)
    expect(medianDistance(x, y)).toBe(distances[distances.length >> 1])
    expect(squaredMmd(x, y)).toBe(squaredMmd(x, y, { bandwidth: medianDistance(x, y) }))
    expect(medianDistance(gaussianPoints(2, 'x', 3000, 2), gaussianPoints(2, 'y', 600, 2))).toBeCloseTo(Math.sqrt(2 * 2 * Math.LN2), 1)
  })

  it('of points that coincide is 0, and of points that mostly do is finite', () => {
    const [same, few] = [pointsOf([[1], [1], [1]]), pointsOf([[1], [1], [1], [1], [2]])]
    expect(squaredMmd(same, same)).toBe(0)
    expect(Number.isFinite(squaredMmd(same, few))).toBe(true)
  })

  it('of one point or of NaN is NaN', () => {
    expect(squaredMmd(pointsOf([[1]]), pointsOf([[1], [2]]))).toBe(NaN)
    expect(squaredMmd(pointsOf([[1], [NaN]]), pointsOf([[1], [2]]))).toBe(NaN)
  })
})
