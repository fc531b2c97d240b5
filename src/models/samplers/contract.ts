/**
 * Samplers: Markov kernels on particles.
 *
 * State is what the next step needs, Info what an observer wants of the step that was made. Both
 * are trees of tensors with one entry per chain: x [dim, chains], the rest [..., chains]. Tuning is
 * what an adaptation may change between steps; it is no part of the state.
 * A step draws from its key alone; `key.step` is the number of the step, from 0.
 */
import type { z } from 'zod'
import type { Dtype } from '../../engine/index.ts'
import type { Key } from '../../engine/rng/index.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Parts, type Unit } from '../../unit.ts'
import type { Discrete } from '../energies/contract.ts'
import type { DrawnStart } from '../starts/contract.ts'
import type { Density, Target } from '../target.ts'

export interface SamplerState {
  readonly x: Tensor2D
  readonly [name: string]: Tensor
}

/** One value per chain, [chains], under the names and dtypes that the sampler declares. */
export type Info = Readonly<Record<string, Tensor1D>>

export interface OwnStart extends DrawnStart {
  /** Whether the pipeline may name no other. */
  readonly is_fixed: boolean
}

/** What an observer wants of a state; a potential or a score is absent where the sampler does not know it. */
export interface Observation {
  readonly potential?: Tensor1D
  readonly score?: Tensor2D
}

/** Of the chains of a block together. */
export interface Tuning {
  /** [] */
  readonly step_size: Scalar
  /** Of a sampler with momenta: M⁻¹, diagonal, [dim, 1]. */
  readonly inverse_mass?: Tensor2D
  /** Of a sampler whose directions are forgotten: over which length, []. */
  readonly length?: Scalar
}

export interface Sampler<State extends SamplerState = SamplerState> {
  /** What the target must offer. */
  readonly needs: 'score' | 'density' | 'levels' | 'ancestral'
  /** What coordinates must be: real numbers unless given. */
  readonly domain?: 'real' | 'discrete'
  /** Coordinates that the target must have at least: 1 unless given. */
  readonly fewest?: number
  /** The columns of Info. */
  readonly info: Readonly<Record<string, Dtype>>
  /** Evaluations of the energy or the score in a step, about: 1 unless given. */
  readonly evaluations?: number
  /** True if chains act on each other: then all are one block. */
  readonly interacts?: boolean
  /** True if it takes noise away as the noising added it, level by level: the data as they are, at temperature 1 alone. */
  readonly is_reversal?: boolean
  /** True if it leaves its target invariant whatever its step size, as a Metropolis test sees to. */
  readonly is_exact?: boolean
  /** True if every move that it makes is one of an exact sampler. */
  readonly moves_exactly?: boolean
  /** Number of steps, where the method fixes it; else the pipeline does. */
  numSteps?(target: Target): number
  /** Where its chains begin; a Gaussian of unit size, or any state of discrete coordinates, unless given. */
  readonly start?: OwnStart
  /** σ of the state that step number `step` starts from, of a sampler that goes through noise levels. */
  sigmaOf?(step: number, target: Target): number
  /** The temperature of the state that step number `step` leads to, of a sampler that changes it. */
  temperatureOf?(step: number, target: Target): number
  /** What an adaptation may change: the fields of the tuning. */
  readonly tunes?: readonly (keyof Tuning)[]
  /** The tuning as it is before any adaptation. */
  tuning?(target: Target): Tuning
  /** The state at positions from anywhere, that no step of its own led to: it remembers none. */
  init(x: Tensor2D, target: Target): State
  step(key: Key, state: State, target: Target, tuning: Tuning): readonly [State, Info]
  /**
   * Potential and score of a state; `step` is the number of the step that comes next, int32 [].
   * Where the state does not hold them, compute what the next step computes: it is then done once.
   */
  observe(state: State, target: Target, step: Scalar): Observation
}

export function defineSampler<C extends z.ZodType, State extends SamplerState, P extends Parts = Parts>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>, parts: P) => Sampler<State> },
): Unit<'sampler', C, Sampler, P> {
  return unit<'sampler', C, Sampler, P>('sampler', declaration, declaration.make) // its state is its own affair
}

/** Whether it leads from the largest of noise levels to none, in a number of steps of its own. */
export const isOverLevels = ({ needs, numSteps, sigmaOf }: Sampler): boolean => needs === 'levels' && numSteps !== undefined && sigmaOf !== undefined

/** The level at which step number `step` is made: the nearest in ratio, of a sampler between levels. */
export function levelOf({ sigmaOf }: Sampler, step: number, target: Target): number | undefined {
  const sigma = sigmaOf?.(step, target)
  const { levels = [] } = target
  return sigma && levels.reduce((best, level, l) => (Math.abs(Math.log(level / sigma)) < Math.abs(Math.log((levels[best] as number) / sigma)) ? l : best), 0)
}

/** For samplers whose state is x alone. */
export const observePosition = ({ x }: SamplerState, { score, density }: Target): Observation =>
  density === undefined ? { score: score(x) } : density.potentialAndScore(x)

/** The same, of samplers that know no score. */
export const observePotential = ({ x }: SamplerState, target: Target): Observation => ({ potential: densityOf(target).potential(x) })

/** The density that a sampler with `needs: 'density'` was promised. */
export function densityOf({ density }: Target): Density {
  if (density === undefined) throw new TypeError('the target has no density')
  return density
}

/** The values of coordinates that a sampler with `domain: 'discrete'` was promised. */
export function discreteOf({ discrete }: Target): Discrete {
  if (discrete === undefined) throw new TypeError('the target has no discrete coordinates')
  return discrete
}
