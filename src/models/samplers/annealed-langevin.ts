/**
 * Annealed Langevin dynamics.
 *
 *   x ← x + α_l s(x, σ_l) + √(2α_l) ξ,   α_l = α_0 σ_l²/σ_L²,   T steps for each l = 1..L
 *   x ← x + σ_L² s(x, σ_L)                at last, to remove the remaining noise
 *
 * (Song & Ermon write the step with α/2 and √α; their code, as here, with α and √(2α).) With data of
 * no variance, a level's stationary variance over σ_l² is 1/(1 − α_0/(2σ_L²)). Left to itself, α_0 is
 * the one for which a level ends closest to its own noise (Song & Ermon 2020, equation 5).
 * `score_norm` of an emitted state is that of the level at which it goes on.
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { entryAt } from '../../engine/index.ts'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Scalar } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler, type Observation } from './contract.ts'
import { LARGEST_NOISE } from './noise-grid.ts'

const Config = z.strictObject({
  step_size: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'α_0: the step at the smallest noise level, in units of x². With auto a level ends closest to its own noise.' }),
  steps_per_level: z.int().positive().default(20).meta({ description: 'T: steps at each noise level. Where they are few, draws are wider than the data: with 18 levels from 30 to 0.02 and step_size auto, those of Gaussian data by 23 % of their standard deviation with 5 steps, 13 % with 20, 8 % with 100; by less with more levels. reverse_sde and dpm_solver come closer in as many evaluations.' }),
  denoise: z.boolean().default(true).meta({ description: 'Remove the remaining noise in one last step.' }),
})

export const annealedLangevin = defineSampler({
  name: 'annealed_langevin',
  summary: 'Langevin dynamics at one noise level after the other, from the largest to the smallest.',
  config: Config,
  example: 'sampler: { annealed_langevin: { step_size: auto, steps_per_level: 20 } }',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
  make: ({ step_size, steps_per_level, denoise }) => ({
    needs: 'levels',
    info: {},
    start: LARGEST_NOISE,
    numSteps: (target) => levelsOf(target).length * steps_per_level + (denoise ? 1 : 0),
    sigmaOf: (step, target) => levelsOf(target)[Math.min(Math.floor(step / steps_per_level), levelsOf(target).length - 1)] as number,
    init: (x) => ({ x }),
    step(key, { x }, target) {
      const { sigma, drift, noise } = phase(target, key.step, step_size, steps_per_level)
      const moved = tf.add(x, tf.mul(drift, target.score(x, sigma)))
      return [{ x: tf.add(moved, tf.mul(noise, normal(key, x.shape))) }, {}]
    },
    observe: ({ x }, target, step): Observation => ({ score: target.score(x, phase(target, step, step_size, steps_per_level).sigma) }),
  }),
})

interface Phase {
  readonly sigma: Scalar
  readonly drift: Scalar
  readonly noise: Scalar
}

/** What a step works with; the phase after the last level is the denoising one. */
function phase(target: Target, step: Scalar, stepSize: number | 'auto', stepsPerLevel: number): Phase {
  const levels = levelsOf(target)
  const smallest = levels.at(-1) as number
  const first = stepSize === 'auto' ? autoStepSize(levels, stepsPerLevel) : stepSize
  const alphas = levels.map((sigma) => first * (sigma / smallest) ** 2)
  const at = (values: readonly number[]): Scalar => entryAt(values, tf.floorDiv(step, tf.scalar(stepsPerLevel, 'int32')))
  return {
    sigma: at([...levels, smallest]),
    drift: at([...alphas, smallest ** 2]),
    noise: at([...alphas.map((alpha) => Math.sqrt(2 * alpha)), 0]),
  }
}

const levelsOf = ({ levels }: Target): readonly number[] => levels ?? []

/**
 * α_0 that minimises r(a) = (1 − a)^(2T) (γ² − c) + c, c = 1/(1 − a/2), a = α_0/σ_L² in (0, 1): the
 * variance at the end of a level over σ_l², when it begins with that of the level before.
 */
export function autoStepSize(levels: readonly number[], stepsPerLevel: number): number {
  const [before, smallest] = [levels.at(-2) ?? (levels[0] as number), levels.at(-1) as number]
  const gamma = before / smallest
  const ratio = (a: number): number => {
    const c = 1 / (1 - a / 2)
    return (1 - a) ** (2 * stepsPerLevel) * (gamma ** 2 - c) + c
  }
  // r falls to its only minimum and rises: golden-section search.
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [0, 1]
  while (high - low > 1e-12) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)]
    if (ratio(left) < ratio(right)) high = right
    else low = left
  }
  return ((low + high) / 2) * smallest ** 2
}
