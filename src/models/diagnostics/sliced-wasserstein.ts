/**
 * Sliced Wasserstein distance.
 *
 *   SW_p = ( mean over directions θ of W_p(θᵀx, θᵀy)^p )^(1/p)
 *
 * Each projection is compared exactly, by sorting. In the units of x; never negative: two samples of
 * one distribution are about as far apart as their size allows. Directions are uniform on the sphere,
 * a pure function of the seed; in one dimension there is one.
 * Shapes: x [m, dim], y [n, dim]. O(projections (m + n) (dim + log(m + n))) time.
 * Source: Bonneel, Rabin, Peyré & Pfister 2015, https://doi.org/10.1007/s10851-014-0506-3
 */
import type { Points } from './contract.ts'
import { directions } from './directions.ts'
import { wassersteinPower } from './wasserstein.ts'

export interface SlicedOptions {
  /** Number of directions; 128 unless given. */
  readonly projections?: number
  /** p; 2 unless given. */
  readonly power?: 1 | 2
  readonly seed?: number
}

export function slicedWasserstein(x: Points, y: Points, { projections = 128, power = 2, seed = 0 }: SlicedOptions = {}): number {
  const { dim } = x
  const count = dim === 1 ? 1 : projections
  const all = dim === 1 ? Float64Array.of(1) : directions(seed, count, dim)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const direction = all.subarray(i * dim, (i + 1) * dim)
    sum += wassersteinPower(projected(x, direction).sort(), projected(y, direction).sort(), power)
  }
  const mean = sum / count
  return power === 1 ? mean : Math.sqrt(mean)
}

function projected({ values, count, dim }: Points, direction: Float64Array): Float64Array {
  const projection = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let sum = 0
    for (let k = 0; k < dim; k++) sum += (values[i * dim + k] as number) * (direction[k] as number)
    projection[i] = sum
  }
  return projection
}
