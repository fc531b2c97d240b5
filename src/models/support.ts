/**
 * Supports: intervals that coordinates lie in, and the bijection from the whole line onto them.
 *
 *   x = l + e^u        above l            log dx/du = u
 *   x = h − e^u        below h            log |dx/du| = u
 *   x = l + (h − l)/(1 + e^−u)  between   log dx/du = log(h − l) − softplus(u) − softplus(−u)
 *
 * Chains move in u; what is emitted is x. The density of u is that of x times |dx/du|.
 * Shapes: x, u [dim, chains]; log |dx/du| is summed over coordinates, [chains].
 */
import { tf, type Tensor1D, type Tensor2D } from '../engine/tf.ts'

/** Ends that are absent are infinite. */
export interface Interval {
  readonly lower?: number
  readonly upper?: number
}

/** One interval for all coordinates, or one for each. */
export type Support = Interval | readonly Interval[]

export interface Bijection {
  /** x of u. */
  forward(u: Tensor2D): Tensor2D
  /** u of x; x at an end of its interval is taken from just inside. */
  inverse(x: Tensor2D): Tensor2D
  /** log |dx/du| at u. */
  logSlope(u: Tensor2D): Tensor1D
}

/** The bijection onto a support of `dim` coordinates. */
export function bijectionOnto(support: Support, dim: number): Bijection {
  const runs = runsOf(intervalsOf(support, dim))
  const each = (x: Tensor2D, f: (map: Scalar, part: Tensor2D) => Tensor2D): Tensor2D => {
    const parts = runs.map(({ interval, from, to }) => f(mapOnto(interval), runs.length === 1 ? x : tf.slice(x, [from, 0], [to - from, -1])))
    return parts.length === 1 ? (parts[0] as Tensor2D) : tf.concat(parts, 0)
  }
  return {
    forward: (u) => each(u, (map, part) => map.forward(part)),
    inverse: (x) => each(x, (map, part) => map.inverse(part)),
    logSlope: (u) => tf.sum<Tensor1D>(each(u, (map, part) => map.logSlope(part)), 0),
  }
}

/** Whether points lie inside a support, ends included, bool [chains]. */
export function isInside(support: Support, x: Tensor2D): Tensor1D {
  const { lower, upper } = endsOf(support, x.shape[0])
  return tf.all<Tensor1D>(tf.logicalAnd(tf.greaterEqual(x, lower), tf.lessEqual(x, upper)), 0)
}

/** The same without the ends, where an energy or its slope may be infinite. */
export function isWithin(support: Support, x: Tensor2D): Tensor1D {
  const { lower, upper } = endsOf(support, x.shape[0])
  return tf.all<Tensor1D>(tf.logicalAnd(tf.greater(x, lower), tf.less(x, upper)), 0)
}

/** [dim, 1] each. */
function endsOf(support: Support, dim: number): { readonly lower: Tensor2D; readonly upper: Tensor2D } {
  const intervals = intervalsOf(support, dim)
  const column = (ends: number[]): Tensor2D => tf.tensor2d(ends, [dim, 1])
  return { lower: column(intervals.map(({ lower = -Infinity }) => lower)), upper: column(intervals.map(({ upper = Infinity }) => upper)) }
}

/** A point well within a support, [dim, 1]. */
export const pointWithin = (support: Support, dim: number): Tensor2D => tf.tensor2d(intervalsOf(support, dim).map(insideOf), [dim, 1])

function insideOf({ lower, upper }: Interval): number {
  if (lower !== undefined && upper !== undefined) return (lower + upper) / 2
  if (lower !== undefined) return lower + Math.max(1, Math.abs(lower))
  return upper === undefined ? 0 : upper - Math.max(1, Math.abs(upper))
}

export const isBounded = ({ lower, upper }: Interval): boolean => lower !== undefined || upper !== undefined

/** Whether it has no inner point. */
export const isEmpty = ({ lower = -Infinity, upper = Infinity }: Interval): boolean => !(lower < upper)

/** Whether two supports of as many coordinates are the same. */
export function isSameSupport(one: Support, other: Support, dim: number): boolean {
  const others = intervalsOf(other, dim)
  return intervalsOf(one, dim).every((interval, i) => isSame(interval, others[i] as Interval))
}

const isSame = (one: Interval, other: Interval): boolean => one.lower === other.lower && one.upper === other.upper

/** One for each coordinate, whose infinite ends are absent. */
export const intervalsOf = (support: Support, dim: number): readonly Interval[] =>
  (isList(support) ? support : new Array<Interval>(dim).fill(support)).map(({ lower = -Infinity, upper = Infinity }) => between(lower, upper))

export const between = (lower: number, upper: number): Interval => ({ ...(lower > -Infinity ? { lower } : {}), ...(upper < Infinity ? { upper } : {}) })

const isList = (support: Support): support is readonly Interval[] => Array.isArray(support)

interface Run {
  readonly interval: Interval
  readonly from: number
  readonly to: number
}

/** Neighbours with the same interval. */
function runsOf(intervals: readonly Interval[]): Run[] {
  const runs: Run[] = []
  intervals.forEach((interval, i) => {
    const before = runs.at(-1)
    if (before !== undefined && isSame(before.interval, interval)) runs[runs.length - 1] = { ...before, to: i + 1 }
    else runs.push({ interval, from: i, to: i + 1 })
  })
  return runs
}

/** Element by element. */
interface Scalar {
  forward(u: Tensor2D): Tensor2D
  inverse(x: Tensor2D): Tensor2D
  logSlope(u: Tensor2D): Tensor2D
}

/** Smallest distance from an end: one step of float32 there; at 0 twice the smallest normal number, which its logarithm and exponential leave one. */
const marginAt = (end: number): number => Math.max(2 ** -125, Math.abs(end) * 2 ** -23)

function mapOnto({ lower, upper }: Interval): Scalar {
  const above = (x: Tensor2D, end: number): Tensor2D => tf.log(tf.maximum(tf.sub(x, end), marginAt(end)))
  const below = (x: Tensor2D, end: number): Tensor2D => tf.log(tf.maximum(tf.sub(end, x), marginAt(end)))
  if (lower === undefined && upper === undefined) return { forward: (u) => u, inverse: (x) => x, logSlope: (u) => tf.zerosLike(u) }
  if (upper === undefined) return { forward: (u) => tf.add(lower as number, tf.exp(u)), inverse: (x) => above(x, lower as number), logSlope: (u) => u }
  if (lower === undefined) return { forward: (u) => tf.sub(upper, tf.exp(u)), inverse: (x) => below(x, upper), logSlope: (u) => u }
  const length = upper - lower
  return {
    forward: (u) => tf.add(lower, tf.mul(length, tf.sigmoid(u))),
    inverse: (x) => tf.sub(above(x, lower), below(x, upper)),
    logSlope: (u) => tf.sub(Math.log(length), tf.add(tf.softplus(u), tf.softplus(tf.neg(u)))),
  }
}
