/**
 * Log-normal noise: training dwells on the levels that matter most.
 *
 *   log σ ~ N(m + log 2δ, s²),   kept between σ_min and σ_max
 *
 * δ is the data's standard deviation (½ in the paper, where m = −1.2). Samplers go through levels
 * spaced as σ_i = (σ_max^(1/ρ) + u (σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ, ρ = 7.
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { valueOf } from '../data-scale.ts'
import { defineNoise, type Noise } from './contract.ts'
import { levelsAlong, numLevels } from './grid.ts'
import { endsOf, falls, range, resolvedRange } from './range.ts'

const Config = z.strictObject({
  ...range,
  mean: z.number().default(-1.2).meta({ description: 'm: of log σ, for data of standard deviation ½.' }),
  spread: z.number().positive().default(1.2).meta({ description: 's: standard deviation of log σ.' }),
  sd: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'δ: standard deviation of the data.' }),
  levels: numLevels,
}).refine(falls, { message: 'smallest lies below largest' })

const RHO = 7

export const lognormal = defineNoise({
  name: 'lognormal',
  summary: 'Noise of log-normal size, as EDM trains with.',
  config: Config,
  example: 'noise: { lognormal: { largest: 40, smallest: 0.01 } }',
  reference: 'Karras et al. 2022, https://arxiv.org/abs/2206.00364',
  make: (config) => {
    const { mean, spread, sd, levels } = config
    return {
      get levels() {
        const [largest, smallest] = endsOf('lognormal', config)
        return levelsAlong(levels, (u) => (largest ** (1 / RHO) + u * (smallest ** (1 / RHO) - largest ** (1 / RHO))) ** RHO)
      },
      draw(key, rows) {
        const [largest, smallest] = endsOf('lognormal', config)
        const logs = tf.add<Tensor1D>(mean + Math.log(2 * valueOf('lognormal', sd)), tf.mul(spread, normal(key, [rows])))
        return tf.clipByValue(tf.exp(logs), smallest, largest) as Tensor1D
      },
      resolve: (data): Declared<Noise> => lognormal({ ...config, ...resolvedRange(config, data), sd: sd === 'auto' ? data.sd : sd }),
    }
  },
})
