/**
 * Positions of all chains in growing windows of a burn-in: their variances are what a target's scales are told by.
 *
 * The burn-in is cut into a first part of 75 steps, windows of 25, 50, 100, ... steps, and a last
 * part of 50 (of 15, 75 and 10 % of a burn-in below 150 steps). What was seen is forgotten at the end of a window.
 */
import { tf, type Scalar, type Tensor, type Tensor2D } from '../../engine/tf.ts'
import type { AdaptationState, Seen } from './contract.ts'

const parts = (steps: number): readonly [first: number, last: number] => (steps < 150 ? [Math.floor(0.15 * steps), Math.floor(0.1 * steps)] : [75, 50])

/** Steps of the first part of a burn-in, in which chains come to where the target is. */
export const firstPart = (steps: number): number => parts(steps)[0]

/** Where variances are collected, and the ends of the windows, themselves excluded. */
function windowsOf(steps: number): { readonly slow: readonly [number, number]; readonly ends: readonly number[] } {
  const [first, last] = parts(steps)
  const end = steps - last
  const ends: number[] = []
  for (let at = first, size = steps < 150 ? end - first : 25; at < end; size *= 2) {
    const isLast = at + size + 2 * size > end // a window after it would not fit whole
    at = isLast ? end : at + size
    ends.push(at)
  }
  return { slow: [first, end], ends }
}

/** Of no positions yet. */
export const noPositions = (dim: number): AdaptationState => ({ num_positions: tf.scalar(0), mean: tf.zeros([dim, 1]), squares: tf.zeros([dim, 1]) })

/** What one more step adds to a window, if it is in one. */
export interface Windowed {
  /** What the next step adds to. */
  readonly positions: AdaptationState
  /** Whether the window ends with this step, []. */
  readonly isEnd: Scalar
  /** How many positions it has, [], and the variance of each coordinate, [dim, 1]. */
  readonly n: Scalar
  readonly variance: Tensor2D
}

export function withPositions(state: AdaptationState, { x, step }: Seen, steps: number): Windowed {
  const { slow, ends } = windowsOf(steps)
  const isEnd = tf.any<Scalar>(tf.equal(step, tf.tensor1d(ends.map((end) => end - 1), 'int32')))
  const collected = choose(isWithin(step, slow), added(state, x), moments(state))
  const { num_positions: n, squares } = collected as { num_positions: Scalar; squares: Tensor2D }
  return { positions: choose(isEnd, noPositions(x.shape[0]), collected), isEnd, n, variance: tf.div(squares, tf.maximum(tf.sub(n, 1), 1)) }
}

/** One state or the other. */
export const choose = (condition: Tensor, one: AdaptationState, other: AdaptationState): AdaptationState =>
  Object.fromEntries(Object.keys(other).map((name) => [name, tf.where(condition, one[name] as Tensor, other[name] as Tensor)]))

const isWithin = (step: Scalar, [from, to]: readonly [number, number]): Tensor =>
  tf.logicalAnd(tf.greaterEqual(step, tf.scalar(from, 'int32')), tf.less(step, tf.scalar(to, 'int32')))

const moments = ({ num_positions, mean, squares }: AdaptationState): AdaptationState =>
  ({ num_positions: num_positions as Tensor, mean: mean as Tensor, squares: squares as Tensor })

/** Mean and sum of squared distances with the positions of all chains (Chan, Golub & LeVeque 1983). */
function added(state: AdaptationState, x: Tensor2D): AdaptationState {
  const { num_positions, mean, squares } = moments(state) as { num_positions: Scalar; mean: Tensor2D; squares: Tensor2D }
  const chains = x.shape[1]
  const total = tf.add<Scalar>(num_positions, chains)
  const own = tf.mean<Tensor2D>(x, 1, true)
  const delta = tf.sub<Tensor2D>(own, mean)
  const between = tf.mul(tf.square(delta), tf.div(tf.mul(num_positions, chains), total))
  return {
    num_positions: total,
    mean: tf.add(mean, tf.mul(delta, tf.div(chains, total))),
    squares: tf.add(squares, tf.add(tf.sum(tf.square(tf.sub(x, own)), 1, true), between)),
  }
}
