/**
 * log Σ exp(x) along the first axis.
 *
 * The largest value is taken out, as a constant: what its own derivatives would add is 0 exactly, and
 * costs two passes (tfjs's own form makes them). Shapes: x [terms, ...] to [...].
 */
import { tf, type Tensor } from '../engine/tf.ts'

export function logSumExp<T extends Tensor>(x: Tensor): T {
  const largest = constantMax(x)
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), 0)), tf.squeeze(largest, [0]))
}

/** The largest along the first axis, [1, ...], without a derivative. */
const constantMax = (x: Tensor): Tensor =>
  tf.customGrad((t) => ({ value: tf.max(t as Tensor, 0, true), gradFunc: () => tf.zerosLike(x) }))(x)
