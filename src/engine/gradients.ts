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

/** f(parameters), a scalar, its gradient as a tree of the same shape, and tensors that f makes on the way. */
export function valueAndGrads<P, Aux = undefined>(f: (parameters: P) => Scalar | readonly [Scalar, Aux], parameters: P): { value: Scalar; grads: P; aux: Aux } {
  const own = leaves<Tensor>(parameters).map((t) => tf.clone(t)) // one tensor may stand at two places
  let aux: Aux | undefined
  const { value, grads } = gradients(() => {
    const made = f(rebuild<P>(parameters, own))
    if (!isPair(made)) return made
    aux = rebuild<Aux>(made[1], leaves<Tensor>(made[1]).map((t) => tf.keep(tf.clone(t)))) // what f made is disposed
    return made[0]
  }, own)
  leaves<Tensor>(aux).forEach(disposeWithScope)
  return { value: value as Scalar, grads: rebuild<P>(parameters, grads), aux: aux as Aux }
}

const isPair = <Aux>(made: Scalar | readonly [Scalar, Aux]): made is readonly [Scalar, Aux] => Array.isArray(made)

/** Puts a kept tensor back under the care of the open tidy. */
function disposeWithScope(t: Tensor): void {
  t.kept = false
  ;(tf.engine() as unknown as { track(t: Tensor): void }).track(t)
}

function gradients(f: () => Tensor, xs: readonly Tensor[]): { value: Tensor; grads: Tensor[] } {
  const { value, grads } = tf.engine().gradients(f, [...xs], undefined, true)
  return { value, grads: xs.map((x, i) => grads[i] ?? tf.zerosLike(x)) }
}
