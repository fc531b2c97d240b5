/**
 * Denoising score matching.
 *
 *   L = E[ w(σ) ½ |s(x + σξ, σ) + ξ/σ|² ],   ξ ~ N(0, I)
 *
 * Its minimum is the score of the noised data, which points toward the data. Weights:
 * `sigma_squared` σ² makes every level weigh alike; `edm` σ²(σ² + δ²)/δ² is that of EDM's denoiser,
 * for data of standard deviation δ; `min_snr` σ² min(1, γσ²/δ²) spares the small levels; `one` is 1. On data N(0, v I) at one level the minimum is
 * d v/(2 (v + σ²)) for σ², d v/(2σ² (v + σ²)) for 1.
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { valueOf } from '../data-scale.ts'
import { defineLoss, type Loss } from './contract.ts'

const Config = z.strictObject({
  weight: z.enum(['sigma_squared', 'edm', 'min_snr', 'one']).default('sigma_squared').meta({ description: 'w(σ): how much each noise level counts.' }),
  sd: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'δ of the weights edm and min_snr: standard deviation of the data.' }),
  gamma: z.number().positive().default(5).meta({ description: 'γ of the weight min_snr.' }),
})

export const denoisingScoreMatching = defineLoss({
  name: 'denoising_score_matching',
  summary: 'Regresses the score of noised data on the noise that was added.',
  config: Config,
  example: 'loss: { model: digits, denoising_score_matching: { weight: sigma_squared } }',
  reference: 'Vincent 2011, https://doi.org/10.1162/NECO_a_00142; weights: Karras et al. 2022, https://arxiv.org/abs/2206.00364, Hang et al. 2023, https://arxiv.org/abs/2303.09556',
  make: ({ weight, sd, gamma }) => ({
    reads: ['x', 'noise', 'sigma'],
    needs: 'score',
    info: [],
    resolve: (data): Declared<Loss> => denoisingScoreMatching({ weight, gamma, sd: sd === 'auto' ? data.sd : sd }),
    loss({ score }, { x, noise, sigma }) {
      // |σ s + ξ|² = σ² |s + ξ/σ|², without a division by a small σ.
      const residual = tf.add(tf.mul(score(x, sigma), tf.expandDims(sigma, 1)), noise)
      const perRow = tf.div<Tensor1D>(tf.sum(tf.square(residual), 1), 2)
      const weights = {
        sigma_squared: () => perRow,
        edm: () => tf.mul(perRow, tf.div(tf.add(tf.square(sigma), variance(sd)), variance(sd))),
        min_snr: () => tf.mul(perRow, tf.minimum(1, tf.mul(gamma / variance(sd), tf.square(sigma)))),
        one: () => tf.div(perRow, tf.square(sigma)),
      }
      return { value: tf.mean<Scalar>(weights[weight]()), info: {} }
    },
  }),
})

const variance = (sd: number | 'auto'): number => valueOf('denoising_score_matching', sd) ** 2
