/**
 * Variance-exploding noise in continuous time.
 *
 *   σ(t) = σ_min (σ_max/σ_min)^t,   t uniform in (0, 1)
 *
 * The SDE dx = √(dσ²/dt) dw. σ is log-uniform between its ends.
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { defineNoise, type Noise } from './contract.ts'
import { levelsAlong, numLevels } from './grid.ts'
import { endsOf, falls, range, resolvedRange } from './range.ts'

const Config = z.strictObject({ ...range, levels: numLevels }).refine(falls, { message: 'smallest lies below largest' })

export const varianceExploding = defineNoise({
  name: 'variance_exploding',
  summary: 'Noise of log-uniform size, in continuous time.',
  config: Config,
  example: 'noise: { variance_exploding: { largest: 50, smallest: 0.01 } }',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2011.13456',
  make: ({ levels, ...ends }) => ({
    get levels() {
      const [largest, smallest] = endsOf('variance_exploding', ends)
      return levelsAlong(levels, (u) => largest * (smallest / largest) ** u)
    },
    draw(key, rows) {
      const [largest, smallest] = endsOf('variance_exploding', ends)
      return tf.mul<Tensor1D>(smallest, tf.exp(tf.mul(Math.log(largest / smallest), uniform(key, [rows]))))
    },
    resolve: (data): Declared<Noise> => varianceExploding({ ...resolvedRange(ends, data), levels }),
  }),
})
