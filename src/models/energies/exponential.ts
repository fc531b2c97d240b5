/**
 * Exponential distribution, in each coordinate.
 *
 *   E(x) = λ Σ_i x_i,   x_i ≥ 0
 *
 * At temperature τ: mean and standard deviation τ/λ, log Z = d log(τ/λ).
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(1).meta({ description: 'Number of coordinates.' }),
  rate: z.number().positive().default(1).meta({ description: 'λ.' }),
})

export const exponential = defineEnergy({
  name: 'exponential',
  summary: 'Exponentially distributed coordinates.',
  config: Config,
  example: 'energy: { exponential: { rate: 2 } }',
  reference: 'Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, chapter 19',
  make: ({ dim, rate }) => ({
    dim,
    support: { lower: 0 },
    energy: (x) => tf.mul<Tensor1D>(rate, tf.sum(x, 0)),
    draw: (key, shape, temperature) => tf.mul<Tensor2D>(-temperature / rate, tf.log(uniform(key, shape))),
    logZ: (temperature) => dim * Math.log(temperature / rate),
  }),
})
