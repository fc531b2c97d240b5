/**
 * A Gaussian that an energy tilts: normalisable whatever the net does where it is bounded.
 *
 *   E(x) = |x − m|²/(2δ²) − F((x − m)/δ),   s(x) = −(x − m)/δ² + f((x − m)/δ)/δ
 *
 * δ and m are the data's standard deviation and mean: with F = 0 the model is the Gaussian closest
 * to the data.
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { meanAndSd, resolvedMeanAndSd, valueOf } from '../data-scale.ts'
import { definePreconditioning, type Preconditioning } from './contract.ts'

export const gaussianTilt = definePreconditioning({
  name: 'gaussian_tilt',
  summary: 'The data\'s own Gaussian, tilted by the net: for models without noise.',
  config: z.strictObject(meanAndSd),
  example: 'precondition: gaussian_tilt',
  reference: 'Xie et al. 2016, https://arxiv.org/abs/1602.03264',
  make: (config) => ({
    noise: 'without',
    get mean() {
      return valueOf('gaussian_tilt', config.mean)
    },
    scales(sigma) {
      const sd = valueOf('gaussian_tilt', config.sd)
      return { input: tf.fill(sigma.shape, 1 / sd), skip: tf.fill(sigma.shape, 1 / sd ** 2), output: tf.fill(sigma.shape, 1 / sd), noise: tf.zerosLike(sigma) }
    },
    resolve: (data): Declared<Preconditioning> => gaussianTilt(resolvedMeanAndSd(config, data)),
  }),
})
