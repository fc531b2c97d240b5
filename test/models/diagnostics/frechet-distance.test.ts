import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitGaussian, frechetDistance, frechetOfGaussians, squareRoot } from '../../../src/models/diagnostics/frechet-distance.ts'
import { pointsIn } from '../../../src/models/diagnostics/points.ts'
import { symmetricEigen } from '../../../src/models/diagnostics/symmetric-eigen.ts'
import { gaussianPoints, pointsOf } from './points.ts'

const matrix = (...rows: readonly (readonly number[])[]): Float64Array => Float64Array.from(rows.flat())
const multiply = (a: Float64Array, b: Float64Array, n: number): number[] =>
  Array.from({ length: n * n }, (_, at) => Array.from({ length: n }, (_, k) => (a[Math.floor(at / n) * n + k] as number) * (b[k * n + (at % n)] as number)).reduce((sum, x) => sum + x))
const largest = (values: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(values, (value, i) => Math.abs(value - (expected[i] as number))).reduce((most, difference) => Math.max(most, difference), 0)

/** Positive definite, n by n: F Fᵀ + ε I. */
const definite = (n: number) => fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n * n, maxLength: n * n }).map((f) => {
  const factor = Float64Array.from(f)
  const transposed = factor.map((_, at) => factor[(at % n) * n + Math.floor(at / n)] as number)
  return Float64Array.from(multiply(factor, transposed, n), (value, at) => value + (at % (n + 1) === 0 ? 0.01 : 0))
})

describe('eigenvalues', () => {
  test('of second differences are 2 − 2 cos(kπ/(n+1))', () => {
    const n = 20
    const a = Float64Array.from({ length: n * n }, (_, at) => [2, -1][Math.abs(Math.floor(at / n) - (at % n))] ?? 0)
    const known = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))
    expect(largest(symmetricEigen(a, n).values.sort(), known)).toBeLessThan(1e-13)
  })

  test('and vectors make the matrix again; the vectors are orthonormal', () => {
    fc.assert(fc.property(definite(5), (a) => {
      const { values, vectors } = symmetricEigen(a, 5)
      const transposed = vectors.map((_, at) => vectors[(at % 5) * 5 + Math.floor(at / 5)] as number)
      const scaled = transposed.map((v, at) => v * (values[at % 5] as number))
      expect(largest(multiply(scaled, vectors, 5), a)).toBeLessThan(1e-12)
      expect(largest(multiply(vectors, transposed, 5), Array.from({ length: 25 }, (_, at) => (at % 6 === 0 ? 1 : 0)))).toBeLessThan(1e-13)
    }))
  })
})

describe('the square root', () => {
  test('times itself is the matrix', () => {
    fc.assert(fc.property(definite(4), (a) => {
      const root = squareRoot(a, 4)
      expect(largest(multiply(root, root, 4), a)).toBeLessThan(1e-11)
    }))
  })

  test('of a matrix of rank one is finite', () => {
    expect(largest(squareRoot(matrix([1, 2], [2, 4]), 2), [1, 2, 2, 4].map((x) => x / Math.sqrt(5)))).toBeLessThan(1e-14)
  })
})

describe('Fréchet\'s distance', () => {
  const zero = new Float64Array(2)

  test('of Gaussians in two dimensions is that of the closed form, covariances that do not commute included', () => {
    // The root of a 2×2 matrix M has the trace √(tr M + 2 √det M), and A^½ B A^½ trace and determinant of A B.
    fc.assert(fc.property(definite(2), definite(2), fc.double({ min: -5, max: 5, noNaN: true }), (a, b, shift) => {
      const [p = 0, , , q = 0] = multiply(a, b, 2)
      const determinant = (m: Float64Array): number => (m[0] as number) * (m[3] as number) - (m[1] as number) * (m[2] as number)
      const root = Math.sqrt(p + q + 2 * Math.sqrt(determinant(a) * determinant(b)))
      const known = shift * shift + (a[0] as number) + (a[3] as number) + (b[0] as number) + (b[3] as number) - 2 * root
      const distance = frechetOfGaussians({ mean: zero, covariance: a }, { mean: Float64Array.of(0, shift), covariance: b })
      expect(Math.abs(distance - known)).toBeLessThan(1e-9 * (1 + shift * shift + p + q))
    }))
  })

  test('of independent coordinates is |m_a − m_b|² + Σ (sd_a − sd_b)²', () => {
    const gaussian = (mean: readonly number[], sd: readonly number[]) => ({ mean: Float64Array.from(mean), covariance: Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? (sd[at / 4] as number) ** 2 : 0)) })
    expect(frechetOfGaussians(gaussian([0, 1, 2], [1, 2, 3]), gaussian([1, 1, 0], [3, 2, 0]))).toBeCloseTo(1 + 4 + 4 + 9, 12)
  })

  test('of a set to itself is 0, to itself moved by t it is |t|²', () => {
    const a = gaussianPoints(1, 'a', 200, 8)
    const moved = { ...a, values: a.values.map((value, i) => value + (i % 8)) }
    expect(frechetDistance(a, a)).toBeLessThan(1e-12)
    expect(frechetDistance(a, moved)).toBeCloseTo(140, 9)
  })

  test('takes the covariance with n − 1', () => {
    const { mean, covariance } = fitGaussian(pointsOf([[0, 0], [2, 4]]))
    expect([[...mean], [...covariance]]).toEqual([[1, 2], [2, 4, 4, 8]])
  })

  test('refuses sets that cannot be compared', () => {
    expect(() => frechetDistance(pointsOf([[1, 2], [3, 4]]), pointsOf([[1], [2]]))).toThrow('points of 2 and of 1 coordinates')
    expect(() => frechetDistance(pointsOf([[1, 2]]), pointsOf([[1, 2], [3, 4]]))).toThrow('a covariance of 1 points')
    expect(() => frechetDistance(pointsIn(new Float64Array(0), 2), pointsOf([[1, 2]]))).toThrow('0 values are no points of 2 coordinates')
  })
})
