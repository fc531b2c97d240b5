/**
 * EDM: a denoiser whose net sees and makes values of unit size.
 *
 *   D(x, σ) = m + c_skip (x − m) + c_out F(c_in (x − m), ¼ log σ),   s = (D − x)/σ²
 *   c_skip = δ²/(σ² + δ²),   c_out = σδ/√(σ² + δ²),   c_in = 1/√(σ² + δ²)
 *
 * δ and m are the data's standard deviation and mean. In s the skip connection leaves
 * −(x − m)/(σ² + δ²), the net adds δ F/(σ √(σ² + δ²)).
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { meanAndSd, resolvedMeanAndSd, valueOf } from '../data-scale.ts'
import { definePreconditioning, type Preconditioning } from './contract.ts'

export const edm = definePreconditioning({
  name: 'edm',
  summary: 'A denoiser scaled so that the net works at unit size for every sigma.',
  config: z.strictObject(meanAndSd),
  example: 'precondition: edm',
  reference: 'Karras et al. 2022, https://arxiv.org/abs/2206.00364',
  make: (config) => ({
    noise: 'with',
    get mean() {
      return valueOf('edm', config.mean)
    },
    scales(sigma) {
      const sd = valueOf('edm', config.sd)
      const skip = tf.reciprocal<Tensor1D>(tf.add(tf.square(sigma), sd * sd))
      const input = tf.sqrt(skip)
      return { input, skip, output: tf.div(tf.mul(sd, input), sigma), noise: tf.mul(0.25, tf.log(sigma)) }
    },
    resolve: (data): Declared<Preconditioning> => edm(resolvedMeanAndSd(config, data)),
  }),
})
