/**
 * Steps of one sampler inside a step of another: on a target that changes from step to step, so that its
 * state is made anew of the positions.
 *
 * Errors: config_invalid for a sampler that does not leave its target invariant.
 */
import { fold, loop } from '../../engine/index.ts'
import type { Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import { fail } from '../../errors.ts'
import type { Declared, Part } from '../../unit.ts'
import type { Target } from '../target.ts'
import type { Info, Sampler, SamplerState, Tuning } from './contract.ts'

/** The sampler that makes the moves, as a part of a component. */
export const MOVES: Part = { kind: 'sampler', field: 'sampler', description: 'What moves particles at each temperature: a sampler with a Metropolis test, or Gibbs.' }

export type Moves = { readonly sampler: Declared<Sampler> }

/** What a sampler that is made of one takes over from it; whatever it needs, its own test needs the density. */
export function overMoves(unit: string, { sampler }: Moves): Pick<Sampler, 'needs' | 'info' | 'moves_exactly'> & Partial<Pick<Sampler, 'domain'>> {
  const { domain, info, is, is_exact, interacts } = sampler
  if (is_exact !== true || interacts === true) throw fail('config_invalid', { unit, problem: `sampler: ${is.name} does not leave each temperature as it is, chain by chain` })
  return { needs: 'density', moves_exactly: true, info, ...(domain === undefined ? {} : { domain }) }
}

export interface MovesOptions {
  /** How many; 1 unless given. */
  readonly steps?: number
  /** Of the sampler; as it is before any adaptation unless given. */
  readonly tuning?: Tuning
}

/** Positions after some steps on a target, and the info of the last. */
export function moved({ sampler }: Moves, key: Key, x: Tensor2D, target: Target, { steps = 1, tuning = sampler.tuning?.(target) ?? ({} as Tuning) }: MovesOptions = {}): readonly [Tensor2D, Info] {
  const begin = sampler.init(x, target)
  const stepped = (state: SamplerState, index: Scalar): readonly [SamplerState, Info] => sampler.step(fold(key, index), state, target, tuning)
  const before = steps === 1 ? begin : loop({ to: steps - 1, state: begin }, (state, index) => stepped(state, index)[0])
  const [last, info] = stepped(before, tf.scalar(steps - 1, 'int32'))
  return [last.x, info]
}
