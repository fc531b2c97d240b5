/**
 * The reverse of the noising process, by Euler and Maruyama's method.
 *
 *   x' = x + (σ² − σ'²) s(x, σ) + √(σ² − σ'²) ξ,   ξ ~ N(0, I);   without noise in the last step
 *
 * On data N(0, v I) variances follow V' = (1 − (σ² − σ'²)/(v + σ²))² V + σ² − σ'².
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { normal, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler } from './contract.ts'
import { gridFields, overGrid, unlessLast, type Fall } from './noise-grid.ts'

const Config = z.strictObject(gridFields(200))

export const reverseSde = defineSampler({
  name: 'reverse_sde',
  summary: 'Runs the process that adds noise backwards, from noise to data.',
  config: Config,
  example: 'sampler: { reverse_sde: { steps: 200 } }',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2011.13456',
  make: (config) => overGrid(config, reverseStep),
})

/** x at σ', of x at σ. */
export function reverseStep(key: Key, x: Tensor2D, target: Target, fall: Fall): Tensor2D {
  const variance = tf.sub(tf.square(fall.from), tf.square(fall.to))
  const moved = tf.add<Tensor2D>(x, tf.mul(variance, target.score(x, fall.from)))
  return unlessLast(fall, tf.add<Tensor2D>(moved, tf.mul(tf.sqrt(variance), normal(key, x.shape))), moved)
}
