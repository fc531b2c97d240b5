/**
 * Samplers that fall from the largest noise to none over a grid of their own.
 *
 *   σ_i = (σ_max^(1/ρ) + i/(N−1) (σ_min^(1/ρ) − σ_max^(1/ρ)))^ρ,  i = 0..N−1,   σ_N = 0
 *
 * Step i leads from σ_i to σ_(i+1). σ_max and σ_min are the model's largest and smallest level; a
 * larger ρ puts more steps near the smallest. What is shown of a state is at the level of its next step.
 * Each step takes the noise of one level away, as it was added: right at temperature 1 alone. The score of exp(−E/τ) noised by σ is
 * not s(x, σ)/τ, and steps that are each a little off do not settle at the last level, as those of annealed_langevin do.
 */
import { z } from 'zod'
import { entryAt } from '../../engine/index.ts'
import { normal, type Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import type { OwnStart, Sampler, SamplerState } from './contract.ts'

/** Fields of a sampler over a grid. */
export const gridFields = (steps: number) => ({
  steps: z.int().min(2).default(steps).meta({ description: 'N: steps from the largest noise to none.' }),
  rho: z.number().positive().default(7).meta({ description: 'ρ: how much denser the grid is near the smallest noise.' }),
})

export interface GridConfig {
  readonly steps: number
  readonly rho: number
}

/** Gaussian noise of the largest level. */
export const LARGEST_NOISE: OwnStart = {
  is_fixed: false,
  draw: (key, shape, { levels = [] }) => tf.mul(levels[0] as number, normal(key, shape)),
}

/** Where a step begins and ends, []; `to` is 0 in the last. */
export interface Fall {
  readonly from: Scalar
  readonly to: Scalar
}

/** A sampler by the step that it makes between two levels. */
export const overGrid = (config: GridConfig, move: (key: Key, x: Tensor2D, target: Target, fall: Fall) => Tensor2D): Sampler =>
  remembering(config, (x) => ({ x }), (key, { x }, target, fall) => ({ x: move(key, x, target, fall) }))

/** The same, of one whose steps know something of the steps before. */
export function remembering<State extends SamplerState>(config: GridConfig, init: (x: Tensor2D) => State, move: (key: Key, state: State, target: Target, fall: Fall) => State): Sampler<State> {
  return {
    needs: 'levels',
    is_reversal: true,
    info: {},
    start: LARGEST_NOISE,
    numSteps: () => config.steps,
    sigmaOf: (step, target) => sigmasOf(target, config)[step] as number,
    init,
    step: (key, state, target) => [move(key, state, target, fallAt(target, config, key.step)), {}],
    observe: ({ x }, target, step) => ({ score: target.score(x, fallAt(target, config, step).from) }),
  }
}

/** σ_0 > ... > σ_(N−1). */
export function sigmasOf({ levels = [] }: Pick<Target, 'levels'>, { steps, rho }: GridConfig): number[] {
  const [largest, smallest] = [levels[0] as number, levels.at(-1) as number]
  const [top, bottom] = [largest ** (1 / rho), smallest ** (1 / rho)]
  return Array.from({ length: steps }, (_, i) => (i === 0 ? largest : i === steps - 1 ? smallest : (top + (i / (steps - 1)) * (bottom - top)) ** rho))
}

/** Steps after the last are as the last. */
function fallAt(target: Target, config: GridConfig, step: Scalar): Fall {
  const sigmas = sigmasOf(target, config)
  return { from: entryAt(sigmas, step), to: entryAt([...sigmas.slice(1), 0], step) }
}

/** `one` where the step leads to some noise, `last` where it leads to none. */
export const unlessLast = <T extends Scalar | Tensor2D>({ to }: Fall, one: T, last: T): T => tf.where(tf.greater(to, 0), one, last)
