import { describe, expect, it } from 'vitest'
import type { Points } from '../../../src/models/diagnostics/contract.ts'
import { squaredKsd } from '../../../src/models/diagnostics/kernel-stein.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { gaussianPoints, meanOver, pairs, pointsOf, replicates, rowsOf, squared } from './points.ts'

/** Of N(0, I). */
const normalScore = ({ values }: Points): Points['values'] => values.map((value) => -value)

describe('squaredKsd', () => {
  it('is the Stein operator applied to both sides of the kernel', () => {
    const x = gaussianPoints(1, 'x', 4, 3)
    const score = (a: readonly number[]): number[] => a.map((value, k) => -value * (k + 1)) // of N(0, diag 1/(k+1))
    const kernel = (a: readonly number[], b: readonly number[]): number => (1.7 + squared(a, b)) ** -0.3
    const h = 1e-4
    const moved = (a: readonly number[], k: number, by: number): number[] => a.map((value, i) => (i === k ? value + by : value))
    // Σ_k (s_k(a) + ∂/∂a_k)(s_k(b) + ∂/∂b_k) k(a, b), by central differences.
    const stein = (a: number[], b: number[]): number => a.reduce((sum, _, k) => {
      const [sa, sb] = [score(a)[k] as number, score(b)[k] as number]
      const da = (kernel(moved(a, k, h), b) - kernel(moved(a, k, -h), b)) / (2 * h)
      const db = (kernel(a, moved(b, k, h)) - kernel(a, moved(b, k, -h))) / (2 * h)
      const dab = (kernel(moved(a, k, h), moved(b, k, h)) - kernel(moved(a, k, h), moved(b, k, -h)) - kernel(moved(a, k, -h), moved(b, k, h)) + kernel(moved(a, k, -h), moved(b, k, -h))) / (4 * h * h)
      return sum + sa * sb * kernel(a, b) + sa * db + sb * da + dab
    }, 0)
    const rows = rowsOf(x)
    const scores = Float64Array.from(rows.flatMap(score))
    expect(squaredKsd(x, scores, { offset: Math.sqrt(1.7), exponent: -0.3 })).toBeCloseTo(meanOver(pairs(rows, rows, stein, false)), 6)
  })

  it('is 0 in the mean for draws of the density, and not for others', () => {
    const [right, moved, wide] = [{}, { mean: 0.4 }, { sd: 1.3 }].map((law) => replicates(2000, (i) => {
      const x = gaussianPoints(seed(47), `x ${i}`, 15, 2, law)
      return squaredKsd(x, normalScore(x))
    })) as [Float64Array, Float64Array, Float64Array]
    expectAgreement('mean KSD²', meanP(right, 0))
    expectRejection('mean KSD² of moved points', meanP(moved, 0))
    expectRejection('mean KSD² of spread points', meanP(wide, 0))
    expect(meanOver([...moved])).toBeGreaterThan(0)
  })

  it('of one point is NaN', () => {
    expect(squaredKsd(pointsOf([[1]]), Float64Array.of(1))).toBe(NaN)
  })
})
