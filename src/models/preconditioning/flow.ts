/**
 * The net as the velocity of straight paths from noise to data.
 *
 *   v(x_t, t) = f(x_t, t),   x_t = t (x + σξ),   t = 1/(1 + σ),   s = (v − (x + σξ))/(σ(1 + σ))
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { definePreconditioning } from './contract.ts'

export const flow = definePreconditioning({
  name: 'flow',
  summary: 'The net gives the velocity of straight paths from noise to data.',
  config: z.strictObject({}),
  example: 'precondition: flow',
  reference: 'Lipman et al. 2023, https://arxiv.org/abs/2210.02747',
  make: () => ({
    noise: 'with',
    mean: 0,
    scales(sigma) {
      const t = tf.reciprocal<Tensor1D>(tf.add(1, sigma))
      const share = tf.div<Tensor1D>(t, sigma)
      return { input: t, skip: share, output: share, noise: t }
    },
  }),
})
