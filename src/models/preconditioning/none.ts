/**
 * The net's output as it is, divided by σ where there is noise.
 *
 *   s(x, σ) = f(x, log σ)/σ,   E(x, σ) = −F(x, log σ)/σ
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import { definePreconditioning } from './contract.ts'

export const none = definePreconditioning({
  name: 'none',
  summary: 'The net\'s output divided by sigma.',
  config: z.strictObject({}),
  example: 'precondition: none',
  reference: 'Song & Ermon 2020, https://arxiv.org/abs/2006.09011',
  make: () => ({
    noise: 'either',
    mean: 0,
    scales: (sigma) => ({ input: tf.onesLike(sigma), output: tf.reciprocal(sigma), noise: tf.log(sigma) }),
  }),
})
