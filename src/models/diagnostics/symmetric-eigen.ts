/**
 * Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations.
 *
 * Sweeps over all pairs until the off-diagonal is rounding; each rotation makes one pair 0. Right to a
 * few units of rounding of the largest eigenvalue; for up to a few hundred dimensions.
 * Shapes: matrix [dim, dim]; values [dim], in no order; vectors [dim, dim], row k that of value k.
 * Source: Golub & Van Loan 2013, Matrix Computations, 8.5.
 */

export interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

const MAX_SWEEPS = 60

export function symmetricEigen(matrix: Float64Array, dim: number): Eigen {
  const a = matrix.slice()
  const vectors = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) vectors[i * dim + i] = 1
  const enough = a.reduce((sum, value) => sum + value * value, 0) * Number.EPSILON ** 2
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a, dim) > enough; sweep++) {
    for (let p = 0; p < dim; p++) for (let q = p + 1; q < dim; q++) rotate(a, vectors, dim, p, q)
  }
  return { values: Float64Array.from({ length: dim }, (_, i) => a[i * dim + i] as number), vectors }
}

/** Turns the plane of p and q so that a[p, q] becomes 0. */
function rotate(a: Float64Array, vectors: Float64Array, dim: number, p: number, q: number): void {
  const off = a[p * dim + q] as number
  if (off === 0) return
  const theta = ((a[q * dim + q] as number) - (a[p * dim + p] as number)) / (2 * off)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta)) // the smaller angle
  const cosine = 1 / Math.hypot(1, tangent)
  const sine = tangent * cosine
  for (let k = 0; k < dim; k++) turn(a, k * dim + p, k * dim + q, cosine, sine)
  for (let k = 0; k < dim; k++) turn(a, p * dim + k, q * dim + k, cosine, sine)
  for (let k = 0; k < dim; k++) turn(vectors, p * dim + k, q * dim + k, cosine, sine)
}

function turn(a: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const [x, y] = [a[i] as number, a[j] as number]
  a[i] = cosine * x - sine * y
  a[j] = sine * x + cosine * y
}

/** Sum of squares above the diagonal. */
function offDiagonal(a: Float64Array, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) for (let j = i + 1; j < dim; j++) sum += (a[i * dim + j] as number) ** 2
  return sum
}
