/**
 * Maximum mean discrepancy, squared, with Gaussian kernels.
 *
 *   Σ_(i≠j) k(x_i, x_j)/(m(m−1)) + Σ_(i≠j) k(y_i, y_j)/(n(n−1)) − 2 Σ k(x_i, y_j)/(mn),
 *   k = mean over scales h of exp(−|r|²/(2h²))
 *
 * Unbiased: 0 in expectation if both sets are of one distribution, and then as often below 0 as above.
 * Source: Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html
 */
import { pairMeans } from './pair-means.ts'
import { checkPoints, rowsOf, squaredDistance, type Points } from './points.ts'

/** Throws RangeError unless each set has two points. */
export function maximumMeanDiscrepancy(a: Points, b: Points, scales: readonly number[] = scalesOf(a, b)): number {
  const { within_a, within_b, across } = pairMeans(a, b, kernelOf(scales))
  return within_a + within_b - 2 * across
}

function kernelOf(scales: readonly number[]): (squaredDistance: number) => number {
  const factors = scales.map((h) => -1 / (2 * h * h))
  return (squared) => {
    let sum = 0
    for (const factor of factors) sum += Math.exp(squared * factor)
    return sum / factors.length
  }
}

/** Distances looked at for the median. */
const MAX_ROWS = 500

/** The median distance between points of both sets (of an even choice of them), half of it and twice. */
export function scalesOf(a: Points, b: Points): number[] {
  checkPoints(a, b)
  const chosen = [a, b].flatMap((points) => {
    const rows = rowsOf(points)
    const count = Math.min(rows, MAX_ROWS)
    return Array.from({ length: count }, (_, i) => [points, Math.floor((i * rows) / count)] as const)
  })
  const squares = chosen.flatMap(([p, i], at) => chosen.slice(0, at).map(([q, j]) => squaredDistance(p, i, q, j))).sort((x, y) => x - y)
  const median = Math.sqrt(squares[squares.length >> 1] ?? 0)
  return median > 0 ? [median / 2, median, 2 * median] : [1]
}
