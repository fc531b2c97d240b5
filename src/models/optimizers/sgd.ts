/**
 * Gradient descent with momentum.
 *
 *   u = μ u + g,   Δθ = −α u,   or with Nesterov's momentum −α (g + μ u)
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import { defineOptimizer } from './contract.ts'

const Config = z.strictObject({
  learning_rate: z.number().positive().default(0.01).meta({ description: 'α.' }),
  momentum: z.number().gte(0).lt(1).default(0).meta({ description: 'μ.' }),
  nesterov: z.boolean().default(false).meta({ description: 'Look ahead along the momentum.' }),
})

export const sgd = defineOptimizer({
  name: 'sgd',
  summary: 'Stochastic gradient descent with momentum.',
  config: Config,
  example: 'optimize: { model: digits, sgd: { learning_rate: 0.01, momentum: 0.9 } }',
  reference: 'Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html',
  make: ({ learning_rate, momentum, nesterov }) => ({
    learning_rate,
    slots: ['velocity'],
    update(g, slots, _, rate) {
      const velocity = tf.add(tf.mul(slots.velocity as typeof g, momentum), g)
      const direction = nesterov ? tf.add(g, tf.mul(velocity, momentum)) : velocity
      return [tf.mul(direction, tf.neg(rate)), { velocity }]
    },
  }),
})
