/**
 * Systematic resampling: as many copies of each particle as its weight calls for, but for rounding.
 *
 *   particle j of n is a copy of the i with  C_(i−1) < (j + u)/n ≤ C_i,   C_i = Σ_(k≤i) w_k / Σ_k w_k,   u ~ U(0, 1)
 *
 * n w_i / Σ w copies of i in expectation, never off by one or more. The i of all j are found by bisection: log₂ n gathers.
 * Shapes: weights [n]; u [].
 * Source: Kitagawa 1996, https://doi.org/10.1080/10618600.1996.10474692; Douc, Cappé & Moulines 2005, https://arxiv.org/abs/cs/0507025
 */
import { tf, type Scalar, type Tensor, type Tensor1D } from '../../engine/tf.ts'

/** Of which particle each is a copy, int32 [n]. */
export function systematic(u: Scalar, weights: Tensor1D): Tensor1D {
  const n = weights.shape[0]
  const sums = tf.cumsum<Tensor1D>(weights)
  const ends = tf.div<Tensor1D>(sums, tf.slice(sums, [n - 1], [1]))
  const points = tf.div<Tensor1D>(tf.add(tf.range(0, n), u), n)
  // The number of ends below each point, bit by bit from the highest.
  let below = tf.zeros([n], 'int32') as Tensor1D
  for (let bit = 2 ** Math.floor(Math.log2(n)); bit >= 1; bit /= 2) {
    const more = tf.add<Tensor1D>(below, tf.scalar(bit, 'int32'))
    const end = tf.gather<Tensor>(ends, tf.minimum(tf.sub(more, tf.scalar(1, 'int32')), tf.scalar(n - 1, 'int32')) as Tensor1D)
    const isBelow = tf.logicalAnd(tf.less(more, tf.scalar(n, 'int32')), tf.less(end, points))
    below = tf.where(isBelow, more, below) as Tensor1D
  }
  return below
}
