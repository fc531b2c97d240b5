/**
 * A model over noise levels, given some coordinates of what its noise hides.
 *
 *   s(x, σ) + ∇ log N(v; D(x, σ)_known, r² I),   D(x, σ) = x + σ² s(x, σ),   r² = σ² d²/(σ² + d²)
 *
 * v are the known coordinates, D is what the model reconstructs, d the deviation of a coordinate of the data. Exact of
 * Gaussian data whose coordinates are independent; else an approximation that is the better, the smaller σ is.
 * Shapes: x, known, is_missing [dim, chains].
 * Source: Song, Vahdat, Mardani & Kautz 2023, https://openreview.net/forum?id=9_gsMA8MRKQ
 */
import { valueAndGrads } from '../engine/gradients.ts'
import { tf, type Scalar, type Tensor2D } from '../engine/tf.ts'
import type { Target } from './target.ts'

export function reconstructing(target: Target, known: Tensor2D, isMissing: Tensor2D, { sd }: { readonly sd: number }): Target {
  const { density: _, levels = [], ...rest } = target
  return {
    ...rest,
    levels,
    score(x, sigma = tf.scalar(levels.at(-1) ?? 0)) {
      const variance = tf.square<Scalar>(sigma)
      const { grads, aux } = valueAndGrads<Tensor2D, Tensor2D>((at) => {
        const score = target.score(at, sigma)
        const off = tf.where(isMissing, 0, tf.sub(known, tf.add(at, tf.mul(variance, score))))
        return [tf.mul<Scalar>(-0.5, tf.sum(tf.square(off))), score]
      }, x)
      return tf.add(aux, tf.div(grads, tf.div(tf.mul(variance, sd ** 2), tf.add(variance, sd ** 2))))
    },
  }
}
