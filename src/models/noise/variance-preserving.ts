/**
 * Variance-preserving noise in continuous time, as noise on data that are not shrunk.
 *
 *   dx = −½ β(t) x dt + √β(t) dw,   β(t) = β_min + (β_max − β_min) t,   t uniform in (t_min, 1)
 *   x_t/α(t) = x + σξ,   σ(t) = √(e^B(t) − 1),   B(t) = ∫ β = β_min t + ½ (β_max − β_min) t²
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineNoise } from './contract.ts'
import { levelsAlong, numLevels } from './grid.ts'

const Config = z.strictObject({
  beta_min: z.number().positive().default(0.1).meta({ description: 'β at t = 0.' }),
  beta_max: z.number().positive().default(20).meta({ description: 'β at t = 1.' }),
  t_min: z.number().gt(0).lt(1).default(1e-3).meta({ description: 'Where time ends: the smallest noise is that of t_min.' }),
  levels: numLevels,
}).refine(({ beta_min, beta_max }) => beta_min <= beta_max, { message: 'beta_min is at most beta_max' })

export const variancePreserving = defineNoise({
  name: 'variance_preserving',
  summary: 'The noise of diffusion models that shrink the data, in continuous time.',
  config: Config,
  example: 'noise: { variance_preserving: { beta_max: 20 } }',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2011.13456; Ho, Jain & Abbeel 2020, https://arxiv.org/abs/2006.11239',
  make: (config) => {
    const { beta_min, beta_max, t_min, levels } = config
    const slope = (beta_max - beta_min) / 2
    return {
      levels: levelsAlong(levels, (u) => {
        const t = 1 - u * (1 - t_min)
        return Math.sqrt(Math.expm1(beta_min * t + slope * t * t))
      }),
      draw(key, rows) {
        const t = tf.add<Tensor1D>(t_min, tf.mul(1 - t_min, uniform(key, [rows])))
        return tf.sqrt(tf.expm1(tf.mul(t, tf.add(beta_min, tf.mul(slope, t))))) as Tensor1D
      },
    }
  },
})
