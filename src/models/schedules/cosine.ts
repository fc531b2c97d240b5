/**
 * Warm-up, then half a cosine.
 *
 *   min(1, t/w) (φ + (1 − φ) ½ (1 + cos(π min(1, t/n))))
 */
import { z } from 'zod'
import { tf, type Scalar } from '../../engine/tf.ts'
import { warmUp } from './constant.ts'
import { defineSchedule } from './contract.ts'

const Config = z.strictObject({
  steps: z.int().positive().meta({ description: 'n: updates after which the rate is at its end.' }),
  warm_up_steps: z.int().nonnegative().default(0).meta({ description: 'w: updates over which the rate grows linearly.' }),
  final: z.number().gte(0).lte(1).default(0).meta({ description: 'φ: the rate at the end, as a part of the first.' }),
})

export const cosine = defineSchedule({
  name: 'cosine',
  summary: 'A learning rate that falls along half a cosine, after a linear warm-up.',
  config: Config,
  example: 'schedule: { cosine: { steps: 3000, warm_up_steps: 100 } }',
  reference: 'Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983',
  make: ({ steps, warm_up_steps, final }) => ({
    factor(step) {
      const wave = tf.mul(0.5, tf.add(1, tf.cos(tf.mul(Math.PI, tf.minimum(1, tf.div(step, steps))))))
      return tf.mul<Scalar>(warmUp(step, warm_up_steps), tf.add(final, tf.mul(1 - final, wave)))
    },
  }),
})
