/**
 * Gaussian start.
 *
 *   x ~ N(mean, scale² I)
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf } from '../../engine/tf.ts'
import { defineStart } from './contract.ts'

const Config = z.strictObject({
  mean: z.number().default(0).meta({ description: 'Mean of each coordinate.' }),
  scale: z.number().nonnegative().default(1).meta({ description: 'Standard deviation of each coordinate.' }),
})

export const gaussianStart = defineStart({
  name: 'gaussian',
  summary: 'Independent Gaussian coordinates.',
  config: Config,
  example: 'start: { gaussian: { scale: 1 } }',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
  make: ({ mean, scale }) => ({
    draw: (key, shape) => tf.add(mean, tf.mul(scale, normal(key, shape))),
  }),
})
