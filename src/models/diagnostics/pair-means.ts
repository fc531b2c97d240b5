/** Means of a function of the squared distance over pairs of points: what energy distance and discrepancy are made of. */
import { checkPoints, rowsOf, squaredDistance, type Points } from './points.ts'

export interface PairMeans {
  /** Over pairs of different points of one set. */
  readonly within_a: number
  readonly within_b: number
  /** Over pairs of a point of each. */
  readonly across: number
}

/** Throws RangeError unless each set has two points. */
export function pairMeans(a: Points, b: Points, f: (squaredDistance: number) => number): PairMeans {
  checkPoints(a, b)
  const [m, n] = [rowsOf(a), rowsOf(b)]
  if (m < 2 || n < 2) throw new RangeError(`pairs within ${m} and ${n} points: two of each at least`)
  let sum = 0
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) sum += f(squaredDistance(a, i, b, j))
  return { within_a: meanWithin(a, f), within_b: meanWithin(b, f), across: sum / (m * n) }
}

function meanWithin(points: Points, f: (squaredDistance: number) => number): number {
  const rows = rowsOf(points)
  let sum = 0
  for (let i = 1; i < rows; i++) for (let j = 0; j < i; j++) sum += f(squaredDistance(points, i, points, j))
  return (2 * sum) / (rows * (rows - 1))
}
