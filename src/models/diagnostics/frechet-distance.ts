/**
 * Fréchet's distance, squared, between the Gaussians that fit two sets of points.
 *
 *   |m_a − m_b|² + tr(A + B − 2 (A^½ B A^½)^½)
 *
 * A and B are the covariances, with n − 1 in the denominator. In the features of a classifier it is
 * the FID of that classifier. Estimated from points it is too large, by an amount that falls as one
 * over their number: compare only values of as many points.
 * Source: Dowson & Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X; Heusel et al. 2017, https://arxiv.org/abs/1706.08500
 * Shapes: mean [dim], covariance [dim, dim].
 */
import type { Points } from './contract.ts'
import { checkPoints } from './points.ts'
import { symmetricEigen } from './symmetric-eigen.ts'

export interface GaussianFit {
  readonly mean: Float64Array
  readonly covariance: Float64Array
}

export function frechetDistance(a: Points, b: Points): number {
  checkPoints(a, b)
  return frechetOfGaussians(fitGaussian(a), fitGaussian(b))
}

export function frechetOfGaussians(a: GaussianFit, b: GaussianFit): number {
  const dim = a.mean.length
  const shift = a.mean.reduce((sum, m, i) => sum + (m - (b.mean[i] as number)) ** 2, 0)
  const root = squareRoot(a.covariance, dim)
  const inner = product(product(root, b.covariance, dim), root, dim)
  const traceOfRoot = symmetricEigen(symmetric(inner, dim), dim).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0)
  return Math.max(0, shift + trace(a.covariance, dim) + trace(b.covariance, dim) - 2 * traceOfRoot)
}

/** Throws RangeError below two points. */
export function fitGaussian(points: Points): GaussianFit {
  const { values, dim } = points
  const rows = points.count
  if (rows < 2) throw new RangeError(`a covariance of ${rows} points`)
  const mean = new Float64Array(dim)
  for (let i = 0; i < values.length; i++) mean[i % dim] = (mean[i % dim] as number) + (values[i] as number) / rows
  const covariance = new Float64Array(dim * dim)
  const centred = new Float64Array(dim)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < dim; i++) centred[i] = (values[row * dim + i] as number) - (mean[i] as number)
    for (let i = 0; i < dim; i++) {
      const scaled = (centred[i] as number) / (rows - 1)
      for (let j = 0; j <= i; j++) covariance[i * dim + j] = (covariance[i * dim + j] as number) + scaled * (centred[j] as number)
    }
  }
  for (let i = 0; i < dim; i++) for (let j = i + 1; j < dim; j++) covariance[i * dim + j] = covariance[j * dim + i] as number
  return { mean, covariance }
}

/** The symmetric root of a positive semidefinite matrix; what rounding left below 0 counts as 0. */
export function squareRoot(matrix: Float64Array, dim: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, dim)
  const root = new Float64Array(dim * dim)
  for (let k = 0; k < dim; k++) {
    const scale = Math.sqrt(Math.max(0, values[k] as number))
    for (let i = 0; i < dim; i++) {
      const scaled = scale * (vectors[k * dim + i] as number)
      for (let j = 0; j < dim; j++) root[i * dim + j] = (root[i * dim + j] as number) + scaled * (vectors[k * dim + j] as number)
    }
  }
  return root
}

function product(a: Float64Array, b: Float64Array, dim: number): Float64Array {
  const c = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    for (let k = 0; k < dim; k++) {
      const factor = a[i * dim + k] as number
      for (let j = 0; j < dim; j++) c[i * dim + j] = (c[i * dim + j] as number) + factor * (b[k * dim + j] as number)
    }
  }
  return c
}

/** A product that is symmetric but for rounding, made so. */
const symmetric = (matrix: Float64Array, dim: number): Float64Array =>
  matrix.map((value, at) => (value + (matrix[(at % dim) * dim + Math.floor(at / dim)] as number)) / 2)

function trace(matrix: Float64Array, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) sum += matrix[i * dim + i] as number
  return sum
}
