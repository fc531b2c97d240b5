/**
 * The no-U-turn sampler.
 *
 *   p ~ N(0, M);   the trajectory doubles, forward or backward by a coin, until it or a part of it turns,
 *   until H exceeds its first value by 1000 (divergent), or `max_depth` times
 *   x' from its points with weights exp(H_0 − H),   H = U + pᵀ M⁻¹ p / 2
 *
 * Multinomial sampling, later doublings preferred: the new half with probability min(1, w_new/w_old).
 * Leaves exp(−U) invariant for every ε; about .8 is the acceptance rate of the best ε. M is diagonal, the identity unless adapted.
 * total_energy is H_0.
 * A block of chains waits for its longest trajectory. acceptance_rate is the mean of min(1, exp(H_0 − H)) over the points.
 * Shapes: x, p, score [dim, chains]; M⁻¹ [dim, 1]; the rest [chains].
 */
import { z } from 'zod'
import { fold, loop, normal, once, split, twins, uniform, type Key } from '../../engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { choose } from './choose.ts'
import { defineSampler, densityOf } from './contract.ts'
import type { Moving } from './leapfrog.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'
import { counted, nextPoint, subtree, sumOf, type Candidate, type Counts, type Dynamics, type Subtree } from './subtree.ts'
import { pointStretch, turns } from './u-turn.ts'

const Config = z.strictObject({
  step_size: z.number().positive().default(0.1).meta({ description: 'ε of the leapfrog steps; where adaptation begins, if there is one.' }),
  max_depth: z.int().min(1).max(20).default(10).meta({ description: 'Doublings of a trajectory at most: 2^max_depth − 1 leapfrog steps.' }),
})

interface Trajectory {
  readonly left: Moving
  readonly right: Moving
  /** Of the momenta of its points. */
  readonly sum: Tensor2D
  readonly candidate: Candidate
  readonly counts: Counts
  readonly tree_depth: Tensor1D
  readonly is_done: Tensor1D
}

export const nuts = defineSampler({
  name: 'nuts',
  summary: 'Hamiltonian trajectories that end where they begin to turn back.',
  config: Config,
  example: 'sampler: { nuts: { step_size: 0.1 } }',
  reference: 'Hoffman & Gelman 2014, https://jmlr.org/papers/v15/hoffman14a.html; Betancourt 2017, https://arxiv.org/abs/1701.02434',
  make: ({ step_size, max_depth }) => ({
    needs: 'density',
    info: { acceptance_rate: 'float32', is_divergent: 'bool', energy_error: 'float32', total_energy: 'float32', tree_depth: 'int32', num_leapfrogs: 'int32' },
    evaluations: 15,
    is_exact: true,
    tunes: ['step_size', 'inverse_mass'],
    tuning: ({ dim }) => ({ step_size: tf.scalar(step_size), inverse_mass: tf.ones([dim, 1]) }),
    init: scoredPositionAt,
    step(key, state: ScoredPosition, target, { step_size: epsilon, inverse_mass }) {
      const [momentumKey, sideKey, pointKey, firstKey] = split(key, 4) as [Key, Key, Key, Key]
      const momentum = once(momentumKey, normal(momentumKey, state.x.shape)) as Tensor2D
      const dynamics: Dynamics = {
        density: densityOf(target),
        stride: tf.mul(tf.mul(epsilon, tf.sqrt(inverse_mass as Tensor2D)), tf.onesLike(state.x)),
        energy: tf.add(state.potential, tf.div(tf.sum(tf.square(momentum), 0), 2)),
      }
      const initial = firstDoubling(firstKey, { ...state, momentum }, state, dynamics)
      const { candidate, counts, tree_depth } = loop({ from: 1, to: max_depth, state: initial, until: ({ is_done }) => tf.all(is_done) }, (now, depth) => {
        const [side, draw] = twins(fold(sideKey, depth)).map((k) => uniform(k, dynamics.energy.shape)) as [Tensor1D, Tensor1D]
        const isRight = tf.less<Tensor1D>(side, 0.5)
        const from = choose(isRight, now.right, now.left)
        const directed = { ...dynamics, stride: choose(isRight, dynamics.stride, tf.neg(dynamics.stride)) }
        return doubled(now, subtree(fold(pointKey, depth), from, directed, depth, max_depth, now.counts, now.is_done), isRight, draw)
      })
      const { num_leapfrogs, acceptance, is_divergent } = counts
      return [candidate.at, { acceptance_rate: tf.div(acceptance, num_leapfrogs), is_divergent, energy_error: candidate.error, total_energy: dynamics.energy, tree_depth, num_leapfrogs }]
    },
    observe: ({ potential, score }: ScoredPosition) => ({ potential, score }),
  }),
})

/** The start and one point more: forward, as the momentum is as likely as its opposite. */
function firstDoubling(key: Key, start: Moving, at: ScoredPosition, dynamics: Dynamics): Trajectory {
  const none = tf.zerosLike(dynamics.energy)
  const [zero, no] = [tf.cast<Tensor1D>(none, 'int32'), tf.cast<Tensor1D>(none, 'bool')]
  const counts = { num_leapfrogs: zero, acceptance: none, is_divergent: no }
  const point = { left: start, right: start, sum: start.momentum, candidate: { at, error: none, log_weight: none }, counts, tree_depth: zero, is_done: no }
  const next = nextPoint(start, dynamics)
  const half = { end: next.to, candidate: next.candidate, stretch: pointStretch(next.to.momentum), counts: counted(counts, next, tf.logicalNot(no)), is_stopped: next.is_divergent }
  return doubled(point, half, tf.logicalNot(no), uniform(key, none.shape) as Tensor1D)
}

/** A trajectory with a further half at its right or left end; without it where the half is not whole. */
function doubled(now: Trajectory, half: Subtree, isRight: Tensor1D, draw: Tensor1D): Trajectory {
  const isWhole = tf.logicalNot<Tensor1D>(half.is_stopped)
  const isPreferred = tf.less<Tensor1D>(draw, tf.exp(tf.sub(half.candidate.log_weight, now.candidate.log_weight)))
  const before = { first: choose(isRight, now.left, now.right).momentum, last: choose(isRight, now.right, now.left).momentum, sum: now.sum }
  return {
    left: choose(isRight, now.left, half.end),
    right: choose(isRight, half.end, now.right),
    sum: tf.add(now.sum, half.stretch.sum),
    candidate: { ...choose(tf.logicalAnd(isWhole, isPreferred), half.candidate, now.candidate), log_weight: sumOf(now.candidate, half.candidate) },
    counts: half.counts,
    tree_depth: tf.add(now.tree_depth, tf.cast(isWhole, 'int32')),
    is_done: tf.logicalOr(half.is_stopped, turns(before, half.stretch)),
  }
}
