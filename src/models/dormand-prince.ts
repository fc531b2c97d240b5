/**
 * Dormand and Prince's method of order 5 with an error of order 4: rows of an equation, each at its own pace.
 *
 *   dy/dt = f(t, y),   y = (x, along)
 *
 * A step is taken where its error, the larger of the root mean square over x and that of `along`, is
 * at most tolerance (1 + |y|); the next is as long as an error of order 5 allows. Rows do not wait for each
 * other's error, only for the last to arrive. A row that has not arrived after `max_steps` steps, or whose steps vanish, is NaN.
 * Shapes: t, along [rows]; x [rows, dim]. Source: Hairer, Norsett & Wanner 1993, section II.5.
 */
import { loop } from '../engine/loop.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../engine/tf.ts'

export interface Along {
  readonly x: Tensor2D
  readonly along: Tensor1D
}

export interface Course {
  readonly from: number
  readonly to: number
  readonly tolerance: number
  readonly max_steps: number
}

/** y at `to`, of y at `from` below it. */
export function integrate(slope: (t: Tensor1D, x: Tensor2D) => Along, start: Along, { from, to, tolerance, max_steps }: Course): Along {
  const rows = start.x.shape[0]
  const all = (value: number): Tensor1D => tf.fill([rows], value) as Tensor1D
  const begin: Now = { t: all(from), width: all((to - from) * FIRST), y: start, slope: slope(all(from), start.x) }
  const end = loop<Now>({ to: max_steps, state: begin, until: ({ t, width }) => tf.all(tf.logicalOr(tf.greaterEqual(t, to), tf.less(width, (to - from) * LEAST))) }, (now) => {
    const left = tf.sub<Tensor1D>(to, now.t)
    const isLast = tf.greaterEqual(now.width, left)
    const width = tf.minimum<Tensor1D>(now.width, left)
    const { next, last, error } = attempt(slope, now, width, tolerance)
    const goesOn = tf.greaterEqual(now.width, (to - from) * LEAST)
    const isTaken = tf.logicalAnd(tf.lessEqual(error, 1), goesOn)
    const factor = tf.clipByValue(tf.mul(0.9, tf.pow(tf.maximum(error, 1e-9), -0.2)), 0.2, 5)
    return {
      t: where(isTaken, where(isLast, all(to), tf.add<Tensor1D>(now.t, width)), now.t),
      width: where(tf.logicalAnd(goesOn, tf.logicalNot(tf.logicalAnd(isTaken, isLast))), tf.mul<Tensor1D>(width, factor), now.width),
      y: either(isTaken, next, now.y),
      slope: either(isTaken, last, now.slope),
    }
  })
  const has_arrived = tf.greaterEqual(end.t, to)
  return either(has_arrived, end.y, { x: tf.fill([...end.y.x.shape], NaN), along: all(NaN) })
}

interface Now {
  readonly t: Tensor1D
  readonly width: Tensor1D
  readonly y: Along
  /** f(t, y): the last slope of a step is the first of the next. */
  readonly slope: Along
}

/** Of the whole way: the first step tried, and the step below which a row is given up. */
const FIRST = 0.02
const LEAST = 1e-6

const NODES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1]
const WEIGHTS = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
]
/** Of the difference between the results of order 5 and 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]

function attempt(slope: (t: Tensor1D, x: Tensor2D) => Along, { t, y, slope: first }: Now, width: Tensor1D, tolerance: number): { readonly next: Along; readonly last: Along; readonly error: Tensor1D } {
  const slopes = [first]
  let next = y
  WEIGHTS.forEach((weights, i) => {
    next = moved(y, width, weights, slopes)
    slopes.push(slope(tf.add<Tensor1D>(t, tf.mul(width, NODES[i] as number)), next.x))
  })
  const off = moved({ x: tf.zerosLike(y.x), along: tf.zerosLike(y.along) }, width, ERROR, slopes)
  const relative = <T extends Tensor1D | Tensor2D>(error: T, before: T, after: T): T => tf.div<T>(error, tf.mul(tolerance, tf.add(1, tf.maximum(tf.abs(before), tf.abs(after)))))
  const ofX = tf.sqrt(tf.mean<Tensor1D>(tf.square(relative(off.x, y.x, next.x)), 1))
  const error = tf.maximum<Tensor1D>(ofX, tf.abs(relative(off.along, y.along, next.along)))
  return { next, last: slopes.at(-1) as Along, error: where(tf.isFinite(error), error, tf.fill([...error.shape], 1e9)) }
}

/** y + width Σ w_i slope_i */
function moved(y: Along, width: Tensor1D, weights: readonly number[], slopes: readonly Along[]): Along {
  const sum = <T extends Tensor1D | Tensor2D>(part: (slope: Along) => T): T =>
    tf.addN(weights.flatMap((weight, i) => (weight === 0 ? [] : [tf.mul<T>(part(slopes[i] as Along), weight)])))
  return {
    x: tf.add(y.x, tf.mul(tf.expandDims(width, 1), sum(({ x }) => x))),
    along: tf.add(y.along, tf.mul(width, sum(({ along }) => along))),
  }
}

const where = (condition: Tensor, one: Tensor1D, other: Tensor1D): Tensor1D => tf.where(condition, one, other)

const either = (isOne: Tensor, one: Along, other: Along): Along =>
  ({ x: tf.where(tf.expandDims(isOne, 1), one.x, other.x), along: where(isOne, one.along, other.along) })
