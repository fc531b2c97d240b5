/**
 * Noise-contrastive estimation: an energy learns to tell data from noise whose density is known.
 *
 *   L = −⟨log g(x)⟩ − ν ⟨log(1 − g(y))⟩,   g(u) = 1/(1 + ν q(u) exp(E(u)/τ)),   y ~ q = N(m, δ² I), ν for each x
 *
 * Its minimum is E/τ = −log p with Z = 1, since a net's last bias is free to be log Z: evaluated energies are then
 * log-densities. No chain is run. Noise far from the data teaches nothing, so it is for few coordinates. With noise
 * levels δ² grows by σ². `accuracy` is the share of points that are told right, data and noise in equal parts.
 * Shapes: x, y [rows, dim]; E, log q [rows].
 */
import { z } from 'zod'
import { normal, split } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { resolvedMeanAndSd, valueOf } from '../data-scale.ts'
import { defineLoss, energyOf, type Loss } from './contract.ts'

const Config = z.strictObject({
  noises: z.int().positive().default(1).meta({ description: 'ν: points of noise for each row of data.' }),
  mean: z.union([z.number(), z.literal('auto')]).default('auto').meta({ description: 'm: mean of the noise, that of the data unless given.' }),
  sd: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'δ: standard deviation of the noise, that of the data unless given.' }),
  temperature: z.number().positive().default(1).meta({ description: 'τ: at which the energy is that of the data.' }),
})

const NAME = 'noise_contrastive_estimation'

export const noiseContrastiveEstimation = defineLoss({
  name: NAME,
  summary: 'Teaches an energy to tell data from Gaussian noise: without chains, log Z included.',
  config: Config,
  example: 'loss: { model: moons, noise_contrastive_estimation: { noises: 4 } }',
  reference: 'Gutmann & Hyvarinen 2012, https://jmlr.org/papers/v13/gutmann12a.html',
  make: (config) => ({
    reads: ['x'],
    needs: 'energy',
    domain: 'real',
    info: ['accuracy'],
    resolve: (data): Declared<Loss> => noiseContrastiveEstimation({ ...config, ...resolvedMeanAndSd(config, data) }),
    loss(model, { x, sigma }, key) {
      const { noises, temperature } = config
      const [energy, m, delta] = [energyOf(model), valueOf(NAME, config.mean), valueOf(NAME, config.sd)]
      const variance: Tensor1D = sigma === undefined ? tf.fill([x.shape[0]], delta ** 2) : tf.add<Tensor1D>(tf.square(sigma), delta ** 2)
      const logDensity = (u: Tensor2D): Tensor1D =>
        tf.div(tf.add(tf.div(tf.sum(tf.square(tf.sub(u, m)), 1), variance), tf.mul(x.shape[1], tf.log(tf.mul(2 * Math.PI, variance)))), -2)
      /** log g − log(1 − g). */
      const logit = (u: Tensor2D): Tensor1D => tf.sub(tf.neg(tf.div(energy(u, sigma), temperature)), tf.add(logDensity(u), Math.log(noises)))
      const data = logit(x)
      const noise = split(key, noises).map((own) => logit(tf.add(m, tf.mul(tf.expandDims(tf.sqrt(variance), 1), normal(own, x.shape, 0)))))
      const perRow = tf.addN<Tensor1D>([tf.softplus(tf.neg(data)), ...noise.map((each) => tf.softplus<Tensor1D>(each))])
      const share = (right: Tensor1D): Scalar => tf.mean(tf.cast(right, 'float32'))
      const told = tf.div<Scalar>(tf.addN(noise.map((each) => share(tf.less(each, 0)))), noises)
      return { value: tf.mean<Scalar>(perRow), info: { accuracy: tf.div<Scalar>(tf.add(share(tf.greater(data, 0)), told), 2) } }
    },
  }),
})
