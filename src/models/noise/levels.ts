/**
 * Noise levels as they are listed, one drawn for each row.
 */
import { z } from 'zod'
import { integers } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineNoise } from './contract.ts'

const Config = z.strictObject({
  sigmas: z.array(z.number().positive()).nonempty().meta({ description: 'σ_1 > ... > σ_L.' }),
}).refine(({ sigmas }) => sigmas.every((sigma, i) => i === 0 || sigma < (sigmas[i - 1] as number)), { message: 'sigmas fall from the largest to the smallest' })

export const levels = defineNoise({
  name: 'levels',
  summary: 'Noise levels given one by one.',
  config: Config,
  example: 'noise: { levels: { sigmas: [5, 2, 1, 0.5, 0.2, 0.1] } }',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
  make: ({ sigmas }) => ({
    levels: sigmas,
    draw: (key, rows) => tf.gather(tf.tensor1d([...sigmas]), integers(key, [rows], sigmas.length) as Tensor1D),
  }),
})
