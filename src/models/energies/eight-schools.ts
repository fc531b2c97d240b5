/**
 * The eight schools, not centred: effects of coaching in eight schools, and how much they differ.
 *
 *   y_j ~ N(μ + τ η_j, σ_j²),   η_j ~ N(0, 1),   μ ~ N(0, 5²),   τ ~ half-Cauchy(0, 5)
 *
 * E = −log of the posterior density, up to a constant. Coordinates: mu, tau (positive), eta [8].
 */
import { z } from 'zod'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12] as const
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18] as const
const [PRIOR_MEAN_SCALE, PRIOR_SPREAD_SCALE] = [5, 5]

export const eightSchools = defineEnergy({
  name: 'eight_schools',
  summary: 'A hierarchical posterior with little data, in its form that is not centred.',
  config: z.strictObject({}),
  example: 'energy: eight_schools',
  reference: 'Rubin 1981, https://doi.org/10.3102/10769986006004377; Gelman et al. 2013, Bayesian Data Analysis, section 5.5',
  make: () => ({
    dim: 2 + EFFECTS.length,
    variables: [{ name: 'mu' }, { name: 'tau' }, { name: 'eta', shape: [EFFECTS.length] }],
    support: [{}, { lower: 0 }, ...EFFECTS.map(() => ({}))],
    energy(x): Tensor1D {
      const [mu, tau] = [tf.slice(x, [0, 0], [1, -1]), tf.slice(x, [1, 0], [1, -1])]
      const eta = tf.slice(x, [2, 0], [EFFECTS.length, -1])
      const residual = tf.div<Tensor2D>(tf.sub(column(EFFECTS), tf.add(mu, tf.mul(tau, eta))), column(ERRORS))
      const prior = tf.add(tf.div(tf.square(tf.div(mu, PRIOR_MEAN_SCALE)), 2), tf.log1p(tf.square(tf.div(tau, PRIOR_SPREAD_SCALE))))
      return tf.add(tf.squeeze<Tensor1D>(prior, [0]), tf.div(tf.sum(tf.add(tf.square(residual), tf.square(eta)), 0), 2))
    },
  }),
})

const column = (values: readonly number[]): Tensor2D => tf.tensor2d([...values], [values.length, 1])
