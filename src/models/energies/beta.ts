/**
 * Beta distribution, in each coordinate.
 *
 *   E(x) = −Σ_i [ (a − 1) log x_i + (b − 1) log(1 − x_i) ],   0 < x_i < 1
 *
 * At temperature τ it is a beta distribution with a' = (a − 1)/τ + 1 and b' = (b − 1)/τ + 1: mean
 * a'/(a' + b'); log Z = d log B(a', b').
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { logGamma } from '../log-gamma.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(1).meta({ description: 'Number of coordinates.' }),
  a: z.number().positive().default(2).meta({ description: 'Exponent at 0, and 1.' }),
  b: z.number().positive().default(5).meta({ description: 'Exponent at 1, and 1.' }),
})

export const beta = defineEnergy({
  name: 'beta',
  summary: 'Beta-distributed coordinates.',
  config: Config,
  example: 'energy: { beta: { a: 2, b: 5 } }',
  reference: 'Johnson, Kotz & Balakrishnan 1995, Continuous Univariate Distributions 2, chapter 25',
  make: ({ dim, a, b }) => ({
    dim,
    support: { lower: 0, upper: 1 },
    energy: (x) => tf.neg(tf.sum<Tensor1D>(tf.add(tf.mul(a - 1, tf.log(x)), tf.mul(b - 1, tf.log(tf.sub(1, x)))), 0)),
    logZ(temperature) {
      const [p, q] = [(a - 1) / temperature + 1, (b - 1) / temperature + 1]
      return dim * (logGamma(p) + logGamma(q) - logGamma(p + q))
    },
  }),
})
