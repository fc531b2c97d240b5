/**
 * Gamma distribution, in each coordinate.
 *
 *   E(x) = Σ_i [ x_i/θ − (k − 1) log x_i ],   x_i > 0
 *
 * At temperature τ it is a gamma distribution with shape k' = (k − 1)/τ + 1 and scale τθ: mean k'τθ,
 * variance k'(τθ)²; log Z = d [ log Γ(k') + k' log τθ ].
 */
import { z } from 'zod'
import { logGamma } from '../log-gamma.ts'
import { defineEnergy, type Energy } from './contract.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(1).meta({ description: 'Number of coordinates.' }),
  shape: z.number().positive().default(2).meta({ description: 'k.' }),
  scale: z.number().positive().default(1).meta({ description: 'θ.' }),
})

export const gamma = defineEnergy({
  name: 'gamma',
  summary: 'Gamma-distributed coordinates.',
  config: Config,
  example: 'energy: { gamma: { shape: 3, scale: 1 } }',
  reference: 'Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, chapter 17',
  make: ({ dim, shape, scale }) => gammaEnergy(dim, shape, scale),
})

export const gammaEnergy = (dim: number, shape: number, scale: number): Energy => ({
  dim,
  support: { lower: 0 },
  energy: (x) => tf.sum<Tensor1D>(tf.sub(tf.div(x, scale), tf.mul(shape - 1, tf.log(x))), 0),
  logZ(temperature) {
    const k = (shape - 1) / temperature + 1
    return dim * (logGamma(k) + k * Math.log(temperature * scale))
  },
})
