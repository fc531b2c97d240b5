/**
 * The sliced Wasserstein distance of order 2 between two sets of points.
 *
 *   √ E_v[ ∫₀¹ (F_v⁻¹(u) − G_v⁻¹(u))² du ],   v uniform on the sphere
 *
 * F_v and G_v are the distributions of the points along v; the integral is exact, whatever the two
 * numbers of points. Directions follow from the seed. Of finite sets of one distribution it is above
 * 0: compare only values of as many points.
 * Source: Bonneel et al. 2015, https://doi.org/10.1007/s10851-014-0506-3
 */
import { streamKey } from '../../engine/index.ts'
import { hostNormals } from '../../engine/rng/host-normals.ts'
import { checkPoints, rowsOf, type Points } from './points.ts'

export interface SlicedOptions {
  /** How many v the mean is over; 100 unless given. */
  readonly directions?: number
  readonly seed?: number
}

export function slicedWasserstein(a: Points, b: Points, { directions = 100, seed = 0 }: SlicedOptions = {}): number {
  checkPoints(a, b)
  const key = streamKey(seed, 'sliced-wasserstein')
  let sum = 0
  for (let i = 0; i < directions; i++) {
    const v = unit(hostNormals(key, a.dim, i * a.dim))
    sum += squaredWasserstein(along(a, v), along(b, v))
  }
  return Math.sqrt(sum / directions)
}

/** ∫ (F⁻¹ − G⁻¹)² du of two sets of numbers, each sorted: both quantile functions are steps. */
export function squaredWasserstein(a: Float64Array, b: Float64Array): number {
  const [m, n] = [a.length, b.length]
  let [i, j, from, sum] = [0, 0, 0, 0]
  while (i < m && j < n) {
    const to = Math.min((i + 1) / m, (j + 1) / n)
    sum += (to - from) * ((a[i] as number) - (b[j] as number)) ** 2
    const order = (i + 1) * n - (j + 1) * m // exact, unlike the quotients
    if (order <= 0) i++
    if (order >= 0) j++
    from = to
  }
  return sum
}

function along({ values, dim }: Points, v: Float64Array): Float64Array {
  const projected = new Float64Array(rowsOf({ values, dim }))
  for (let row = 0; row < projected.length; row++) {
    let sum = 0
    for (let k = 0; k < dim; k++) sum += (values[row * dim + k] as number) * (v[k] as number)
    projected[row] = sum
  }
  return projected.sort()
}

function unit(v: Float64Array): Float64Array {
  const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
  return v.map((value) => value / norm)
}
