/**
 * Conditional flow matching along straight paths.
 *
 *   x_t = (1 − t) ξ + t x,   L = E |v(x_t, t) − (x − ξ)|²,   t uniform
 *
 * With σ = (1 − t)/t the noised data are x_t/t = x + σξ, and the velocity is v = x_t/t + σ(1 + σ) s:
 * so L = E[ (1 + σ)² |σ s + ξ|² ], a denoising score matching. With `noise: flow` and
 * `precondition: flow` the net is the velocity itself.
 * Shapes: x, noise [rows, dim]; sigma [rows].
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D } from '../../engine/tf.ts'
import { defineLoss } from './contract.ts'

export const flowMatching = defineLoss({
  name: 'flow_matching',
  summary: 'Regresses the velocity of straight paths from noise to data.',
  config: z.strictObject({}),
  example: 'loss: { model: points, flow_matching: {} }',
  reference: 'Lipman et al. 2023, https://arxiv.org/abs/2210.02747; Albergo & Vanden-Eijnden 2023, https://arxiv.org/abs/2209.15571',
  make: () => ({
    reads: ['x', 'noise', 'sigma'],
    needs: 'score',
    info: [],
    loss({ score }, { x, noise, sigma }) {
      const residual = tf.add(tf.mul(score(x, sigma), tf.expandDims(sigma, 1)), noise)
      const perRow = tf.mul<Tensor1D>(tf.square(tf.add(1, sigma)), tf.sum(tf.square(residual), 1))
      return { value: tf.mean<Scalar>(perRow), info: {} }
    },
  }),
})
