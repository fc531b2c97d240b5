/**
 * Samplers: Markov kernels on particles.
 *
 * State is what the next step needs, Info what an observer wants of the step that was made.
 * Both are trees of tensors with one entry per chain: x [dim, chains], the rest [..., chains].
 * A step draws from its key alone; `key.step` is the number of the step, from 0.
 */
import type { z } from 'zod'
import type { Dtype } from '../../engine/index.ts'
import type { Key } from '../../engine/rng/index.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Density, Target } from '../target.ts'

export interface SamplerState {
  readonly x: Tensor2D
  readonly [name: string]: Tensor
}

/** One value per chain, [chains], under the names and dtypes that the sampler declares. */
export type Info = Readonly<Record<string, Tensor1D>>

/** What an observer wants of a state; a potential or a score is absent where the sampler does not know it. */
export interface Observation {
  readonly potential?: Tensor1D
  readonly score?: Tensor2D
}

export interface Sampler<State extends SamplerState = SamplerState> {
  /** What the target must offer. */
  readonly needs: 'score' | 'density' | 'levels'
  /** The columns of Info. */
  readonly info: Readonly<Record<string, Dtype>>
  /** Number of steps, where the method fixes it; else the pipeline does. */
  numSteps?(target: Target): number
  /** Standard deviation of a Gaussian start, where the pipeline names none; 1 unless given. */
  startScale?(target: Target): number
  /** The noise level at which step number `step` is made. */
  levelOf?(step: number, target: Target): number
  init(x: Tensor2D, target: Target): State
  step(key: Key, state: State, target: Target): readonly [State, Info]
  /**
   * Potential and score of a state; `step` is the number of the step that comes next, int32 [].
   * Where the state does not hold them, compute what the next step computes: it is then done once.
   */
  observe(state: State, target: Target, step: Scalar): Observation
}

export function defineSampler<C extends z.ZodType, State extends SamplerState>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Sampler<State> },
): Unit<'sampler', C, Sampler<State>> {
  return unit('sampler', declaration, declaration.make)
}

/** For samplers whose state is x alone. */
export const observePosition = ({ x }: SamplerState, { score, density }: Target): Observation =>
  density === undefined ? { score: score(x) } : density.potentialAndScore(x)

/** The density that a sampler with `needs: 'density'` was promised. */
export function densityOf({ density }: Target): Density {
  if (density === undefined) throw new TypeError('the target has no density')
  return density
}
