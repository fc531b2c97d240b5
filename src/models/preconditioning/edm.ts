/**
 * EDM: a denoiser whose net sees and makes values of unit size.
 *
 *   D(x, σ) = m + c_skip (x − m) + c_out F(c_in (x − m), ¼ log σ),   s = (D − x)/σ²
 *   c_skip = δ²/(σ² + δ²),   c_out = σδ/√(σ² + δ²),   c_in = 1/√(σ² + δ²)
 *
 * δ and m are the data's standard deviation and mean.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { definePreconditioning, type Preconditioning } from './contract.ts'

const Config = z.strictObject({
  sd: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'δ, the standard deviation of the data.' }),
  mean: z.union([z.number(), z.literal('auto')]).default('auto').meta({ description: 'm, the mean of the data.' }),
})

export const edm = definePreconditioning({
  name: 'edm',
  summary: 'A denoiser scaled so that the net works at unit size for every sigma.',
  config: Config,
  example: 'precondition: edm',
  reference: 'Karras et al. 2022, https://arxiv.org/abs/2206.00364',
  make: ({ sd, mean }) => ({
    score(net, x, sigma) {
      if (sd === 'auto' || mean === 'auto') throw fail('config_unresolved', { unit: 'edm' })
      const s = tf.expandDims(sigma, 1)
      const variance = tf.add<Tensor2D>(tf.square(s), sd * sd)
      const centred = tf.sub<Tensor2D>(x, mean)
      const f = net(tf.mul(centred, tf.rsqrt(variance)), tf.mul(0.25, tf.log(sigma)))
      // (D − x)/σ²: the skip connection leaves −(x − m)/(σ² + δ²), the net adds δ F/(σ √(σ² + δ²)).
      const skip = tf.div<Tensor2D>(centred, variance)
      return tf.sub(tf.div(tf.mul(sd, f), tf.mul(s, tf.sqrt(variance))), skip)
    },
    resolve: (data): Declared<Preconditioning> => edm({ sd: sd === 'auto' ? data.sd : sd, mean: mean === 'auto' ? data.mean : mean }),
  }),
})
