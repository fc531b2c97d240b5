/**
 * Euclidean distances between points, and sums of functions of them over all pairs.
 *
 * Shapes: points [count, dim].
 */
import type { Points } from './contract.ts'

/** |a_i − b_j|². */
export function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const { dim, values: u } = a
  const v = b.values
  const [from, to, whole] = [i * dim, j * dim, dim & ~3]
  let [s0, s1, s2, s3] = [0, 0, 0, 0] // four sums: no addition waits for the one before
  for (let k = 0; k < whole; k += 4) {
    const d0 = (u[from + k] as number) - (v[to + k] as number)
    const d1 = (u[from + k + 1] as number) - (v[to + k + 1] as number)
    const d2 = (u[from + k + 2] as number) - (v[to + k + 2] as number)
    const d3 = (u[from + k + 3] as number) - (v[to + k + 3] as number)
    s0 += d0 * d0
    s1 += d1 * d1
    s2 += d2 * d2
    s3 += d3 * d3
  }
  for (let k = whole; k < dim; k++) s0 += ((u[from + k] as number) - (v[to + k] as number)) ** 2
  return s0 + s1 + (s2 + s3)
}

/** The mean of f(|a_i − a_j|²) over pairs of different points: a U-statistic. NaN below two points. */
export function meanWithin(a: Points, f: (squared: number) => number): number {
  let sum = 0
  for (let i = 0; i < a.count; i++) for (let j = 0; j < i; j++) sum += f(squaredDistance(a, i, a, j))
  return sum / ((a.count * (a.count - 1)) / 2)
}

/** The mean of f(|a_i − b_j|²) over all pairs of one and the other. */
export function meanBetween(a: Points, b: Points, f: (squared: number) => number): number {
  let sum = 0
  for (let i = 0; i < a.count; i++) for (let j = 0; j < b.count; j++) sum += f(squaredDistance(a, i, b, j))
  return sum / (a.count * b.count)
}

/** Points of each set that a median distance is taken of. */
const MEDIAN_POINTS = 500

/**
 * The median distance between the points of both sets, of at most 500 of each, evenly spread.
 * Where more than half of the pairs coincide, the mean distance; 1 where all do.
 */
export function medianDistance(a: Points, b: Points): number {
  const points = [...spread(a), ...spread(b)]
  const distances = new Float64Array((points.length * (points.length - 1)) / 2)
  let at = 0
  points.forEach(([p, i], n) => {
    for (const [q, j] of points.slice(0, n)) distances[at++] = Math.sqrt(squaredDistance(p, i, q, j))
  })
  distances.sort()
  return (distances[distances.length >> 1] as number) || distances.reduce((sum, d) => sum + d, 0) / distances.length || 1
}

function spread(points: Points): [Points, number][] {
  const count = Math.min(points.count, MEDIAN_POINTS)
  return Array.from({ length: count }, (_, i) => [points, Math.floor((i * points.count) / count)])
}
