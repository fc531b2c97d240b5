/**
 * Warm-up, then constant.
 *
 *   min(1, t/w)
 */
import { z } from 'zod'
import { tf, type Scalar } from '../../engine/tf.ts'
import { defineSchedule } from './contract.ts'

const Config = z.strictObject({
  warm_up_steps: z.int().nonnegative().default(0).meta({ description: 'w: updates over which the rate grows linearly.' }),
})

export const constant = defineSchedule({
  name: 'constant',
  summary: 'A constant learning rate, after a linear warm-up.',
  config: Config,
  example: 'schedule: { constant: { warm_up_steps: 100 } }',
  reference: 'Goyal et al. 2017, https://arxiv.org/abs/1706.02677',
  make: ({ warm_up_steps }) => ({
    factor: (step) => warmUp(step, warm_up_steps),
  }),
})

/** min(1, t/w). */
export const warmUp = (step: Scalar, steps: number): Scalar => (steps === 0 ? tf.onesLike(step) : tf.minimum(1, tf.div(step, steps)))
