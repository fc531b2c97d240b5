/**
 * Predictor and corrector: Langevin steps at a level, then a step of the reverse process to the next.
 *
 *   x ← x + ε s(x, σ) + √(2ε) ξ,   ε = 2 (r σ)²           some times
 *   x' = x + (σ² − σ'²) s(x, σ) + √(σ² − σ'²) ξ           without noise in the last step
 *
 * r is the ratio of signal to noise in a corrector's step, |ε s|/|√(2ε) ξ|, where the data are narrow beside σ: Song et al. take
 * ε = 2 (r |ξ|/|s|)² of the norms' means over chains, whose values are there √dim and √dim/σ. Chains do not act on each other
 * here, and of its own norms a chain's step would depend on where it is and leave another law as it is: s vanishes at modes, and in
 * one or two coordinates the end was a quarter too wide. Where the data are wider than σ the step is a smaller one than theirs.
 * On data N(0, v I) a corrector's step takes variances to (1 − ε/(v + σ²))² V + 2ε, and so keeps v + σ² but for a part of
 * ε/(2(v + σ²)) ≤ r².
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { normal, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler } from './contract.ts'
import { gridFields, overGrid } from './noise-grid.ts'
import { reverseStep } from './reverse-sde.ts'

const Config = z.strictObject({
  ...gridFields(100),
  corrector_steps: z.int().positive().default(1).meta({ description: 'Langevin steps at each level.' }),
  snr: z.number().positive().default(0.16).meta({ description: 'r: ratio of signal to noise in a Langevin step, which is 2 (r σ)².' }),
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
  const root = tf.mul<Scalar>(2 * snr, sigma) // √(2ε)
  const moved = tf.add<Tensor2D>(x, tf.mul(tf.div(tf.square(root), 2), target.score(x, sigma)))
  return tf.add(moved, tf.mul(root, normal(key, x.shape)))
}
