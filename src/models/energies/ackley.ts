/**
 * Ackley's function: a funnel in a nearly flat, rippled plain.
 *
 *   E(x) = −a e^(−b √(|x|²/d)) − e^((1/d) Σ cos c x_i) + a + e
 *
 * Its minimum is 0 at 0. It is bounded far out: sample it within a support, or in a product with a Gaussian.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(2).meta({ description: 'Number of coordinates.' }),
  a: z.number().positive().default(20).meta({ description: 'Depth of the funnel.' }),
  b: z.number().positive().default(0.2).meta({ description: 'How narrow the funnel is.' }),
  c: z.number().positive().default(2 * Math.PI).meta({ description: 'Frequency of the ripples.' }),
  bound: z.number().positive().default(32.768).meta({ description: 'Coordinates lie between −bound and bound.' }),
})

export const ackley = defineEnergy({
  name: 'ackley',
  summary: 'A deep funnel in a rippled plain.',
  config: Config,
  example: 'energy: { ackley: { dim: 2 } }',
  reference: 'Ackley 1987, https://doi.org/10.1007/978-1-4613-1997-9',
  make: ({ dim, a, b, c, bound }) => ({
    dim,
    support: { lower: -bound, upper: bound },
    energy(x) {
      // 1e-12: the root has no gradient at 0
      const radius = tf.sqrt(tf.add(tf.mean(tf.square(x), 0), 1e-12))
      const ripples = tf.exp(tf.mean(tf.cos(tf.mul(c, x)), 0))
      return tf.sub<Tensor1D>(a + Math.E, tf.add(tf.mul(a, tf.exp(tf.mul(-b, radius))), ripples))
    },
  }),
})
