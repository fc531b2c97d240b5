/**
 * Noise of straight paths from noise to data.
 *
 *   x_t = (1 − t) ξ + t x,   x_t/t = x + σξ,   σ = (1 − t)/t,   t uniform between 1/(1 + σ_max) and 1/(1 + σ_min)
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineNoise } from './contract.ts'
import { levelsAlong, numLevels } from './grid.ts'

const Config = z.strictObject({
  largest: z.number().positive().default(1000).meta({ description: 'σ_max: where paths begin.' }),
  smallest: z.number().positive().default(0.005).meta({ description: 'σ_min: where paths end.' }),
  levels: numLevels,
}).refine(({ largest, smallest }) => smallest < largest, { message: 'smallest lies below largest' })

export const flowNoise = defineNoise({
  name: 'flow',
  summary: 'The noise of flow matching: uniform in the time of straight paths.',
  config: Config,
  example: 'noise: { flow: {} }',
  reference: 'Lipman et al. 2023, https://arxiv.org/abs/2210.02747',
  make: (config) => {
    const { largest, smallest, levels } = config
    const [first, last] = [1 / (1 + largest), 1 / (1 + smallest)]
    const sigma = (t: number): number => (1 - t) / t
    return {
      levels: levelsAlong(levels, (u) => sigma(first + u * (last - first))),
      draw(key, rows) {
        const t = tf.add<Tensor1D>(first, tf.mul(last - first, uniform(key, [rows])))
        return tf.sub<Tensor1D>(tf.reciprocal(t), 1)
      },
    }
  },
})
