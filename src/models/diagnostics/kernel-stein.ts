/**
 * Kernel Stein discrepancy, squared: how far points are from a density known by its score alone.
 *
 *   KSD² = mean over i ≠ j of u(x_i, x_j),   q = c² + |r|²,   r = x − y,   k = q^β
 *   u = q^β s_x·s_y − 2β q^(β−1) (s_x − s_y)·r − 2β d q^(β−1) − 4β(β−1) |r|² q^(β−2)
 *
 * The inverse multiquadric kernel (β = −1/2, c = 1 unless given) tells when points fail to converge,
 * the Gaussian one does not. As a U-statistic: unbiased, so that it may be negative; 0 in expectation
 * for draws of the density itself. Needs no normalisation; blind to the weights of modes far apart.
 * Shapes: x, score [n, dim], n at least 2. O(n² dim) time, no memory.
 * Source: Gorham & Mackey 2017, https://arxiv.org/abs/1703.01717
 */
import type { Points } from './contract.ts'

export interface SteinOptions {
  /** c; 1 unless given. */
  readonly offset?: number
  /** β, in (−1, 0); −1/2 unless given. */
  readonly exponent?: number
}

export function squaredKsd({ values: x, count, dim }: Points, score: Points['values'], { offset = 1, exponent: beta = -0.5 }: SteinOptions = {}): number {
  let sum = 0
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let [scores, along, distance] = [0, 0, 0]
      for (let k = 0; k < dim; k++) {
        const [a, b] = [i * dim + k, j * dim + k]
        const r = (x[a] as number) - (x[b] as number)
        const [sa, sb] = [score[a] as number, score[b] as number]
        scores += sa * sb
        along += (sa - sb) * r
        distance += r * r
      }
      const q = offset * offset + distance
      const kernel = q ** beta
      sum += kernel * (scores - (2 * beta * (along + dim)) / q - (4 * beta * (beta - 1) * distance) / (q * q))
    }
  }
  return sum / ((count * (count - 1)) / 2)
}
