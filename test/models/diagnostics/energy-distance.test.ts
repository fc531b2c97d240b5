import { describe, expect, it } from 'vitest'
import { squaredEnergyDistance } from '../../../src/models/diagnostics/energy-distance.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { normalTails } from '../../statistics/probability.ts'
import { gaussianPoints, meanOver, pairs, replicates, rowsOf, squared } from './points.ts'

/** E |Z|, Z ~ N(mean, sd²). */
const meanModulus = (mean: number, sd: number): number =>
  sd * Math.sqrt(2 / Math.PI) * Math.exp(-(mean ** 2) / (2 * sd ** 2)) + mean * (1 - normalTails(mean / sd))

const truth = (mean: number, sd: number): number => 2 * meanModulus(mean, Math.hypot(1, sd)) - meanModulus(0, Math.SQRT2) - meanModulus(0, Math.SQRT2 * sd)

describe('squaredEnergyDistance', () => {
  it('is what its formula says', () => {
    const [x, y] = [gaussianPoints(1, 'x', 7, 6), gaussianPoints(1, 'y', 4, 6, { mean: 1 })]
    const distance = (a: number[], b: number[]): number => Math.sqrt(squared(a, b))
    const [u, v] = [rowsOf(x), rowsOf(y)]
    expect(squaredEnergyDistance(x, y)).toBeCloseTo(2 * meanOver(pairs(u, v, distance)) - meanOver(pairs(u, u, distance, false)) - meanOver(pairs(v, v, distance, false)), 13)
  })

  it.each([[0, 1], [0.5, 1], [0.2, 2]])('is right in the mean for Gaussians of mean %f and deviation %f', (mean, sd) => {
    const values = replicates(4000, (i) => squaredEnergyDistance(gaussianPoints(seed(43), `x ${i}`, 11, 1), gaussianPoints(seed(43), `y ${i}`, 14, 1, { mean, sd })))
    expectAgreement('mean energy distance', meanP(values, truth(mean, sd)))
    // A V-statistic counts the distance of each point from itself.
    expectRejection('mean energy distance of a V-statistic', meanP(values.map((value) => value + meanModulus(0, Math.SQRT2) / 11 + meanModulus(0, Math.SQRT2 * sd) / 14), truth(mean, sd)))
  })
})
