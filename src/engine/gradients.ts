/**
 * Gradients over trees, and of functions with one value per chain.
 *
 * Unlike tf.valueAndGrads, a parameter without a path to the value gets zeros.
 */
import { tf, type Scalar, type Tensor } from './tf.ts'
import { leaves, rebuild } from './tree.ts'

/** f(x), of any shape, and the gradient of its sum with respect to x. */
export function valueAndGrad<X extends Tensor, Y extends Tensor>(f: (x: X) => Y, x: X): { value: Y; grad: X } {
  const own = tf.clone(x)
  const { value, grads } = gradients(() => f(own), [own])
  return { value: value as Y, grad: grads[0] as X }
}

/** f(parameters), a scalar, and its gradient as a tree of the same shape. */
export function valueAndGrads<P>(f: (parameters: P) => Scalar, parameters: P): { value: Scalar; grads: P } {
  const own = leaves<Tensor>(parameters).map((t) => tf.clone(t)) // one tensor may stand at two places
  const { value, grads } = gradients(() => f(rebuild<P>(parameters, own)), own)
  return { value: value as Scalar, grads: rebuild<P>(parameters, grads) }
}

function gradients(f: () => Tensor, xs: readonly Tensor[]): { value: Tensor; grads: Tensor[] } {
  const { value, grads } = tf.engine().gradients(f, [...xs], undefined, true)
  return { value, grads: xs.map((x, i) => grads[i] ?? tf.zerosLike(x)) }
}
