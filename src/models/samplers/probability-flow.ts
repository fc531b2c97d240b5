/**
 * The probability-flow equation, by Heun's method.
 *
 *   dx/dσ = −σ s(x, σ),   from σ_max to none
 *   x' = x + (σ' − σ) d,   d = −σ s(x, σ);   then x' = x + (σ' − σ) (d + d')/2,  d' = −σ' s(x', σ')
 *
 * Its states have the law of the noised data at every σ, without any noise being drawn: an image of
 * the start. Its error at σ_min falls as 1/N²; the last step, to no noise, is by Euler's method.
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { gridFields, overGrid, unlessLast } from './noise-grid.ts'

const Config = z.strictObject(gridFields(18))

export const probabilityFlow = defineSampler({
  name: 'probability_flow',
  summary: 'The deterministic flow from noise to data that has the law of the noised data at every level.',
  config: Config,
  example: 'sampler: { probability_flow: { steps: 18 } }',
  reference: 'Karras et al. 2022, https://arxiv.org/abs/2206.00364',
  make: (config) => ({
    ...overGrid(config, (_, x, target, fall) => {
      const { from, to } = fall
      const width = tf.sub(to, from)
      const slope = tf.mul<Tensor2D>(tf.neg(from), target.score(x, from))
      const guess = tf.add<Tensor2D>(x, tf.mul(width, slope))
      const end = unlessLast(fall, to, from) // nets need not know σ = 0
      const slopeThere = tf.mul<Tensor2D>(tf.neg(end), target.score(guess, end))
      return unlessLast(fall, tf.add<Tensor2D>(x, tf.mul(tf.div(width, 2), tf.add(slope, slopeThere))), guess)
    }),
    evaluations: 2,
  }),
})
