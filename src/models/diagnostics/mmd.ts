/**
 * Maximum mean discrepancy, squared.
 *
 *   MMD² = E k(x, x') + E k(y, y') − 2 E k(x, y),   k(a, b) = mean over h of exp(−|a − b|²/(2h²))
 *
 * As a U-statistic: unbiased, so that it may be negative where both distributions are alike. h is the
 * median distance between all points, or it times each of several scales; the distances of at most
 * 500 points of each side are looked at for it.
 * Shapes: x [m, dim], y [n, dim], m and n at least 2. O((m + n)² dim) time, no memory.
 * Source: Gretton, Borgwardt, Rasch, Schölkopf & Smola 2012, https://jmlr.org/papers/v13/gretton12a.html
 */
import type { Points } from './contract.ts'
import { meanBetween, meanWithin, medianDistance } from './distances.ts'

export interface MmdOptions {
  /** h; the median distance unless given. */
  readonly bandwidth?: number
  /** One kernel for each: h times the scale. */
  readonly scales?: readonly number[]
}

export function squaredMmd(x: Points, y: Points, { bandwidth = medianDistance(x, y), scales = [1] }: MmdOptions = {}): number {
  const factors = scales.map((scale) => -1 / (2 * (bandwidth * scale) ** 2))
  const [factor = NaN] = factors
  const kernel = factors.length === 1
    ? (squared: number): number => Math.exp(factor * squared)
    : (squared: number): number => factors.reduce((sum, f) => sum + Math.exp(f * squared), 0) / factors.length
  return meanWithin(x, kernel) + meanWithin(y, kernel) - 2 * meanBetween(x, y, kernel)
}
