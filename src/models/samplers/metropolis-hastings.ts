/**
 * Metropolis-Hastings with any proposal: what its samplers have in common, and what one of one's own is made of.
 *
 *   x' ~ q(x' | x),   log α = U(x) − U(x') + log q(x | x') − log q(x' | x)
 *
 * Leaves exp(−U) invariant whatever the proposal, if its ratio is right. A sampler of one's own:
 *
 *   defineSampler({ name: ..., make: ({ scale }) => metropolisHastings((key, x) => ({ x: ..., log_ratio: ... })) })
 *
 * Shapes: x, x' [dim, chains]; the rest [chains].
 * Source: Hastings 1970, https://doi.org/10.1093/biomet/57.1.97
 */
import { split, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import type { Sampler, Tuning } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'
import { positionAt, type Position } from './position.ts'

export interface Proposed {
  /** x', drawn from the key alone. */
  readonly x: Tensor2D
  /** log q(x | x') − log q(x' | x); 0, as of a symmetric proposal, unless given. */
  readonly log_ratio?: Tensor1D
}

/** Proposes where chains at x go next. */
export type Proposal = (key: Key, x: Tensor2D, target: Target, tuning: Tuning) => Proposed

/** The sampler that makes a proposal and tests it. */
export const metropolisHastings = (propose: Proposal): Sampler<Position> => ({
  needs: 'density',
  info: METROPOLIS_INFO,
  is_exact: true,
  init: positionAt,
  step(key, state, target, tuning) {
    const [proposalKey, acceptKey] = split(key, 2) as [Key, Key]
    const { x, log_ratio } = propose(proposalKey, state.x, target, tuning)
    const proposal = positionAt(x, target)
    const gain = tf.sub<Tensor1D>(state.potential, proposal.potential)
    return metropolis(acceptKey, log_ratio === undefined ? gain : tf.add(gain, log_ratio), proposal, state)
  },
  observe: ({ potential }) => ({ potential }),
})
