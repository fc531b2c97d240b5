/**
 * Adam.
 *
 *   m = β₁ m + (1 − β₁) g,   v = β₂ v + (1 − β₂) g²
 *   Δθ = −α (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import { defineOptimizer } from './contract.ts'

const Config = z.strictObject({
  learning_rate: z.number().positive().default(0.001).meta({ description: 'α.' }),
  beta1: z.number().gte(0).lt(1).default(0.9).meta({ description: 'β₁: decay of the mean of gradients.' }),
  beta2: z.number().gte(0).lt(1).default(0.999).meta({ description: 'β₂: decay of the mean of squared gradients.' }),
  epsilon: z.number().positive().default(1e-8).meta({ description: 'ε: keeps the quotient finite.' }),
})

export const adam = defineOptimizer({
  name: 'adam',
  summary: 'Adaptive moments.',
  config: Config,
  example: 'optimize: { model: digits, adam: { learning_rate: 0.001 } }',
  reference: 'Kingma & Ba 2015, https://arxiv.org/abs/1412.6980',
  make: ({ learning_rate, beta1, beta2, epsilon }) => ({
    learning_rate,
    slots: ['mean', 'square'],
    update(g, slots, _, rate, step) {
      const mean = tf.add(tf.mul(slots.mean as typeof g, beta1), tf.mul(g, 1 - beta1))
      const square = tf.add(tf.mul(slots.square as typeof g, beta2), tf.mul(tf.square(g), 1 - beta2))
      const meanScale = tf.div(rate, tf.sub(1, tf.pow(beta1, step)))
      const squareScale = tf.rsqrt(tf.sub(1, tf.pow(beta2, step)))
      const change = tf.div(tf.mul(mean, tf.neg(meanScale)), tf.add(tf.mul(tf.sqrt(square), squareScale), epsilon))
      return [change, { mean, square }]
    },
  }),
})
