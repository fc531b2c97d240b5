/**
 * Predictor and corrector: Langevin steps at a level, then a step of the reverse process to the next.
 *
 *   x ← x + ε s(x, σ) + √(2ε) ξ,   ε = 2 (r |ξ|/|s|)²     for each chain by itself, some times
 *   x' = x + (σ² − σ'²) s(x, σ) + √(σ² − σ'²) ξ            without noise in the last step
 *
 * r is the ratio of signal to noise in a corrector's step. (Song et al. take the mean of the norms
 * over chains; here chains do not act on each other.) |ξ|/|s| is 2σ at most: s vanishes at modes, and
 * the step would be without bounds. Biased, as |s| depends on where a chain is: the less, the more
 * coordinates there are and the smaller r.
 * Shapes: x [dim, chains]; ε [1, chains].
 */
import { z } from 'zod'
import { normal, once, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler } from './contract.ts'
import { gridFields, overGrid } from './noise-grid.ts'
import { reverseStep } from './reverse-sde.ts'

const Config = z.strictObject({
  ...gridFields(100),
  corrector_steps: z.int().positive().default(1).meta({ description: 'Langevin steps at each level.' }),
  snr: z.number().positive().default(0.16).meta({ description: 'r: ratio of signal to noise in a Langevin step.' }),
})

export const predictorCorrector = defineSampler({
  name: 'predictor_corrector',
  summary: 'The reverse process, corrected at each level by Langevin steps.',
  config: Config,
  example: 'sampler: { predictor_corrector: { steps: 100, corrector_steps: 1, snr: 0.16 } }',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2011.13456',
  make: ({ corrector_steps, snr, ...grid }) => ({
    ...overGrid(grid, (key, x, target, fall) => {
      const [predictorKey, ...correctorKeys] = split(key, corrector_steps + 1) as [Key, ...Key[]]
      const corrected = correctorKeys.reduce<Tensor2D>((now, own) => correct(own, now, target, fall.from, snr), x)
      return reverseStep(predictorKey, corrected, target, fall)
    }),
    evaluations: corrector_steps + 1,
  }),
})

function correct(key: Key, x: Tensor2D, target: Target, sigma: Scalar, snr: number): Tensor2D {
  const score = target.score(x, sigma)
  const noise = once(key, normal(key, x.shape)) as Tensor2D
  const ratio = tf.minimum<Tensor2D>(tf.div(norms(noise), tf.maximum(norms(score), SMALLEST_NORM)), tf.mul(2, sigma))
  const root = tf.mul<Tensor2D>(2 * snr, ratio) // √(2ε)
  const moved = tf.add<Tensor2D>(x, tf.mul(tf.div(tf.square(root), 2), score))
  return tf.add(moved, tf.mul(root, noise))
}

const norms = (x: Tensor2D): Tensor2D => tf.sqrt(tf.sum<Tensor2D>(tf.square(x), 0, true))

/** Taken for that of a score of 0. */
const SMALLEST_NORM = 1e-12
