/**
 * Random-walk Metropolis.
 *
 *   x' = x + s ξ,   ξ ~ N(0, I),   log α = U(x) − U(x')
 *
 * Needs no gradient. On d independent coordinates of unit size the best s is about 2.38/√d, at which
 * .234 of the proposals are accepted (.44 in one dimension).
 * Shapes: x [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once } from '../../engine/rng/index.ts'
import { tf } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { metropolisHastings } from './metropolis-hastings.ts'

const Config = z.strictObject({
  scale: z.number().positive().default(0.5).meta({ description: 's: standard deviation of the proposal in each coordinate; where adaptation begins, if there is one.' }),
})

export const randomWalk = defineSampler({
  name: 'random_walk',
  summary: 'Gaussian steps, kept or discarded by a Metropolis test.',
  config: Config,
  example: 'sampler: { random_walk: { scale: 0.5 } }',
  reference: 'Metropolis et al. 1953, https://doi.org/10.1063/1.1699114',
  make: ({ scale }) => ({
    ...metropolisHastings((key, x, _, { step_size }) => ({ x: once(key, tf.add(x, tf.mul(step_size, normal(key, x.shape)))) })),
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(scale) }),
  }),
})
