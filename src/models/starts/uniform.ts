/**
 * Uniform start.
 *
 *   x ~ U(low, high) in each coordinate
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf } from '../../engine/tf.ts'
import { defineStart } from './contract.ts'

const Config = z.strictObject({
  low: z.number().default(0).meta({ description: 'Lower end.' }),
  high: z.number().default(1).meta({ description: 'Upper end.' }),
}).refine(({ low, high }) => low < high, { message: 'low lies below high' })

export const uniformStart = defineStart({
  name: 'uniform',
  summary: 'Independent uniform coordinates.',
  config: Config,
  example: 'start: { uniform: { low: 0, high: 1 } }',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
  make: ({ low, high }) => ({
    draw: (key, shape) => tf.add(low, tf.mul(high - low, uniform(key, shape))),
  }),
})
