/**
 * One doubling of a no-U-turn trajectory: 2^depth further points, built without recursion.
 *
 * All chains of a block are at the same point of their trees, so where a point stands in the tree is
 * one number for all. Points come in pairs; the stretches of completed binary subtrees that wait for
 * their other half are kept in rows by level, as the digits of a binary counter. After pair m as many
 * stretches are complete as m has trailing ones, and each is checked for a turn. Which point represents the
 * subtree is decided as points come, with probability exp(−H) over the sum so far.
 * It ends when no chain goes on: a chain whose subtree turns or diverges is done, and what is
 * computed of it from then on is discarded.
 * Shapes: positions, momenta [dim, chains]; flags and numbers per chain [chains].
 * Source: Phan, Pradhan & Jankowiak 2019, https://arxiv.org/abs/1912.11554; Lao & Dillon 2019,
 * https://arxiv.org/abs/2002.01184
 */
import { fold, loop, readRow, twins, uniform, writeRow, type Key } from '../../engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Density } from '../target.ts'
import { choose } from './choose.ts'
import { DIVERGENT, leapfrog, type Moving } from './leapfrog.ts'
import type { ScoredPosition } from './position.ts'
import { joined, pointsTurn, pointStretch, turns, type Stretch } from './u-turn.ts'

/** A point that stands for a set of points, drawn from it by weight. */
export interface Candidate {
  readonly at: ScoredPosition
  /** H − H_0. */
  readonly error: Tensor1D
  /** Log of the sum of exp(H_0 − H) over the set. */
  readonly log_weight: Tensor1D
}

/** What is counted along a trajectory, [chains]. */
export interface Counts {
  readonly num_leapfrogs: Tensor1D
  /** Sum of min(1, exp(H_0 − H)) over the points. */
  readonly acceptance: Tensor1D
  readonly is_divergent: Tensor1D
}

export interface Subtree {
  readonly end: Moving
  readonly candidate: Candidate
  readonly stretch: Stretch
  readonly counts: Counts
  /** Chains that turned or diverged in it, and those that did not begin it. */
  readonly is_stopped: Tensor1D
}

/** What all points of a trajectory have in common. */
export interface Dynamics {
  readonly density: Density
  /** ε times the root of the inverse mass, signed by the direction of each chain, [dim, chains]. */
  readonly stride: Tensor2D
  /** H at the beginning. */
  readonly energy: Tensor1D
}

/** One point further. */
export function nextPoint(from: Moving, { density, stride, energy }: Dynamics): { readonly to: Moving; readonly candidate: Candidate; readonly is_divergent: Tensor1D } {
  const to = leapfrog(from, density, stride)
  const { momentum, ...at } = to
  const total = tf.add<Tensor1D>(to.potential, tf.div(tf.sum(tf.square(momentum), 0), 2))
  const error = tf.sub<Tensor1D>(total, energy)
  const is_divergent = tf.logicalNot<Tensor1D>(tf.less(error, DIVERGENT))
  return { to, candidate: { at, error, log_weight: tf.neg(error) }, is_divergent }
}

/** Counts after one more point of the chains that go on. */
export function counted(counts: Counts, { candidate, is_divergent }: { readonly candidate: Candidate; readonly is_divergent: Tensor1D }, goesOn: Tensor1D): Counts {
  const rate = tf.exp(tf.minimum(candidate.log_weight, 0))
  return {
    num_leapfrogs: tf.add(counts.num_leapfrogs, tf.cast(goesOn, 'int32')),
    acceptance: tf.add(counts.acceptance, tf.where(tf.logicalAnd(goesOn, tf.logicalNot(tf.isNaN(rate))), rate, 0)),
    is_divergent: tf.logicalOr(counts.is_divergent, tf.logicalAnd(goesOn, is_divergent)),
  }
}

/** One candidate for the points of both: that of `b` with the share that its weight has. */
export function drawn(a: Candidate, b: Candidate, draw: Tensor1D): Candidate {
  const isSecond = tf.less<Tensor1D>(draw, tf.sigmoid(tf.sub(b.log_weight, a.log_weight)))
  return { ...choose(isSecond, b, a), log_weight: sumOf(a, b) }
}

/** log(exp a + exp b), also where one of the two is −∞. */
export function sumOf(a: Candidate, b: Candidate): Tensor1D {
  const difference = tf.abs(tf.sub<Tensor1D>(b.log_weight, a.log_weight))
  return tf.add(tf.maximum(a.log_weight, b.log_weight), tf.log1p(tf.exp(tf.neg(difference))))
}

/** The next 2^depth points from an end of the trajectory, depth at least 1 and below `max_depth`. */
export function subtree(key: Key, start: Moving, dynamics: Dynamics, depth: Scalar, max_depth: number, counts: Counts, isStopped: Tensor1D): Subtree {
  const { momentum, ...at } = start
  const none = tf.zerosLike(start.potential)
  const rows = tf.zeros([max_depth, ...momentum.shape])
  const initial = {
    end: start,
    candidate: { at, error: none, log_weight: tf.fill([none.shape[0]], -Infinity) as Tensor1D },
    stretch: pointStretch(momentum),
    counts,
    is_stopped: isStopped,
    rows: { first: rows, last: rows, sum: rows } as Rows,
  }
  const numPairs = tf.cast<Scalar>(tf.pow(2, tf.sub(depth, int(1)).toFloat()), 'int32')
  const { rows: _, ...made } = loop({ to: numPairs, state: initial, until: ({ is_stopped }) => tf.all(is_stopped) }, (now, pair) => {
    const [within, between] = twins(fold(key, pair))
    const a = nextPoint(now.end, dynamics)
    const b = nextPoint(a.to, dynamics)
    const goesOn = tf.logicalNot(now.is_stopped)
    const isWhole = tf.logicalNot(a.is_divergent)
    const pairOf = drawn(a.candidate, b.candidate, uniform(within, none.shape) as Tensor1D)
    const merged = complete(now.rows, { first: a.to.momentum, last: b.to.momentum, sum: tf.add(a.to.momentum, b.to.momentum) }, pointsTurn(a.to.momentum, b.to.momentum), pair)
    const next = counted(counted(now.counts, a, goesOn), b, tf.logicalAnd(goesOn, isWhole))
    return {
      end: b.to,
      candidate: drawn(now.candidate, pairOf, uniform(between, none.shape) as Tensor1D),
      stretch: merged.stretch,
      counts: next,
      is_stopped: tf.logicalOr(tf.logicalOr(now.is_stopped, next.is_divergent), merged.is_turning),
      rows: merged.rows,
    }
  })
  return made
}

/** Stretches that wait for their other half, by level: [levels, dim, chains] each. */
interface Rows {
  readonly first: Tensor
  readonly last: Tensor
  readonly sum: Tensor
}

/** Joins the stretch of pair number `pair` with those that it completes, and keeps the result for what comes. */
function complete(rows: Rows, stretch: Stretch, isTurning: Tensor1D, pair: Scalar): { stretch: Stretch; is_turning: Tensor1D; rows: Rows } {
  const isEven = ({ rest }: { readonly rest: Scalar }): Tensor => tf.equal(tf.mod(rest, int(2)), int(0))
  const joinedUp = loop({ to: 31, state: { stretch, is_turning: isTurning, rest: pair, level: int(0) }, until: isEven }, (now) => {
    const row = (of: Tensor): Tensor2D => readRow(of, now.level) as Tensor2D
    const before: Stretch = { first: row(rows.first), last: row(rows.last), sum: row(rows.sum) }
    return {
      stretch: joined(before, now.stretch),
      is_turning: tf.logicalOr(now.is_turning, turns(before, now.stretch)) as Tensor1D,
      rest: tf.floorDiv<Scalar>(now.rest, int(2)),
      level: tf.add<Scalar>(now.level, int(1)),
    }
  })
  const kept = (of: Tensor, value: Tensor2D): Tensor => writeRow(of, value, joinedUp.level)
  return {
    stretch: joinedUp.stretch,
    is_turning: joinedUp.is_turning,
    rows: { first: kept(rows.first, joinedUp.stretch.first), last: kept(rows.last, joinedUp.stretch.last), sum: kept(rows.sum, joinedUp.stretch.sum) },
  }
}

const int = (value: number): Scalar => tf.scalar(value, 'int32')
