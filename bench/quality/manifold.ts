/**
 * How two sets of points cover each other: improved precision and recall, density and coverage.
 *
 * A set's manifold is the union of balls around its points, each of the radius of the point's k-th
 * nearest neighbour in its own set. Of generated points and as many real ones:
 *   precision: share of generated points in the real manifold;  recall: share of real points in the generated one
 *   density: real balls that hold a generated point, over k, on average;  coverage: share of real balls that hold one
 * Of two sets of one distribution coverage is about 1 − 2^−k and density about 1.
 * Source: Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991; Naeem et al. 2020, https://arxiv.org/abs/2002.09797
 */
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { squaredDistance } from '../../src/models/diagnostics/distances.ts'
import { checkPoints } from '../../src/models/diagnostics/points.ts'

export interface Manifolds {
  readonly precision: number
  readonly recall: number
  readonly density: number
  readonly coverage: number
}

/** k of Naeem et al. */
const K = 5

export function compareManifolds(generated: Points, real: Points, k = K): Manifolds {
  checkPoints(generated, real)
  const [m, n] = [generated.count, real.count]
  const [generatedRadii, realRadii] = [squaredRadii(generated, k), squaredRadii(real, k)]
  const inReal = new Uint32Array(m) // real balls around each generated point
  const [inGenerated, holdsOne] = [new Uint8Array(n), new Uint8Array(n)]
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const squared = squaredDistance(generated, i, real, j)
      if (squared <= (realRadii[j] as number)) {
        inReal[i] = (inReal[i] as number) + 1
        holdsOne[j] = 1
      }
      if (squared <= (generatedRadii[i] as number)) inGenerated[j] = 1
    }
  }
  return {
    precision: rate(inReal),
    recall: rate(inGenerated),
    density: inReal.reduce((sum, count) => sum + count, 0) / (k * m),
    coverage: rate(holdsOne),
  }
}

/** Share of counts above 0. */
const rate = (counts: Uint8Array | Uint32Array): number => counts.filter((count) => count > 0).length / counts.length

/** Squared distance of each point to its k-th nearest other point. Throws RangeError unless there are more than k points. */
export function squaredRadii(points: Points, k: number): Float64Array {
  const rows = points.count
  if (rows <= k) throw new RangeError(`${rows} points have no ${k} neighbours each`)
  const nearest = new Float64Array(rows * k).fill(Infinity) // k of each point, ascending
  for (let i = 1; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const squared = squaredDistance(points, i, points, j)
      insert(nearest, i * k, k, squared)
      insert(nearest, j * k, k, squared)
    }
  }
  return Float64Array.from({ length: rows }, (_, i) => nearest[i * k + k - 1] as number)
}

/** Puts a value into the k ascending ones at `from`, the largest falling out. */
function insert(sorted: Float64Array, from: number, k: number, value: number): void {
  let at = from + k - 1
  if (value >= (sorted[at] as number)) return
  for (; at > from && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number
  sorted[at] = value
}
