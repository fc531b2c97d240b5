/**
 * Adaptations: what tunes a sampler during the burn-in, and leaves it alone afterwards.
 *
 * Statistics are of all chains of a block together: a block tunes itself, whatever the number of
 * machines or threads. All tensors are of the block; State holds no entry per chain.
 */
import type { z } from 'zod'
import type { Scalar, Tensor, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Info, Tuning } from '../samplers/contract.ts'

export interface AdaptationState {
  readonly [name: string]: Tensor
}

/** What an adaptation sees of a step. */
export interface Seen {
  /** Positions after the step, [dim, chains]. */
  readonly x: Tensor2D
  /** What the sampler tells of it, [chains] each. */
  readonly info: Info
  /** Number of the step, from 0, int32 []. */
  readonly step: Scalar
}

export interface Adaptation {
  /** The column of the sampler's info by which it tunes. */
  readonly sees: 'acceptance_rate' | 'energy_error'
  /** What of the tuning it changes, and a sampler must have. */
  readonly tunes: readonly (keyof Tuning)[]
  /** Of a target with `dim` coordinates. */
  init(tuning: Tuning, dim: number): AdaptationState
  /** Of a burn-in of `steps` steps. */
  update(state: AdaptationState, tuning: Tuning, seen: Seen, steps: number): readonly [AdaptationState, Tuning]
}

export function defineAdaptation<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Adaptation },
): Unit<'adaptation', C, Adaptation> {
  return unit('adaptation', declaration, declaration.make)
}
