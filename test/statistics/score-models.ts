/** Models whose score is known: what samplers and losses are given in place of a trained one. */
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import type { DataSummary } from '../../src/models/data-summary.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import type { Noise } from '../../src/models/noise/contract.ts'
import type { Preconditioning } from '../../src/models/preconditioning/contract.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import type { Declared } from '../../src/unit.ts'

/** s(x, σ) on rows: x [rows, dim], σ [rows]. */
export type ScoreFunction = (x: Tensor2D, sigma: Tensor1D) => Tensor2D

/** A model without parameters, whose score is the given one. `name` tells it from others. */
export function modelOf(name: string, dim: number, noise: Declared<Noise>, score: ScoreFunction, data?: DataSummary): Model {
  const net: Declared<Net> = { is: { kind: 'net', name, config: {} }, init: () => ({}), apply: (_, x, { noise: sigma }) => score(x, sigma) }
  return new Model(name, { dim, variables: defaultVariables(dim), net, noise, preconditioning: bare }, {}, data === undefined ? {} : { data })
}

/** The net itself is the score, and is told σ. */
const bare: Declared<Preconditioning> = {
  is: { kind: 'preconditioning', name: 'bare', config: {} },
  noise: 'with',
  mean: 0,
  scales: (sigma) => ({ input: tf.onesLike(sigma), output: tf.onesLike(sigma), noise: sigma }),
  resolve: () => bare,
}

/** Of data N(0, v I): −x/(v + σ²). */
export const gaussianScore = (v: number): ScoreFunction => (x, sigma) => tf.neg(tf.div(x, tf.expandDims(tf.add(tf.square(sigma), v), 1)))

/** Of data N(0, [[1, r], [r, 1]]): −((1 + σ²) x − r x')/((1 + σ²)² − r²), x' the two coordinates exchanged. */
export const correlatedScore = (r: number): ScoreFunction => (x, sigma) => {
  const width = tf.expandDims(tf.add(1, tf.square(sigma)), 1) as Tensor2D
  return tf.div(tf.sub(tf.mul(r, tf.reverse(x, 1)), tf.mul(width, x)), tf.sub(tf.square(width), r * r))
}

/** Of a mixture of N(m_k, v I), equal unless weights p_k are given: Σ_k w_k(x) (m_k − x)/(v + σ²), w = softmax(log p_k − |x − m_k|²/(2(v + σ²))). */
export const mixtureScore = (means: readonly (readonly number[])[], v: number, weights = means.map(() => 1)): ScoreFunction => (x, sigma) => {
  const variance = tf.expandDims(tf.add(tf.square(sigma), v), 1) as Tensor2D
  const centres = tf.tensor2d(means.map((m) => [...m]))
  const squares = tf.sum<Tensor2D>(tf.square(tf.sub(tf.expandDims(x, 1), tf.expandDims(centres, 0))), 2) // [rows, k]
  const shares = tf.softmax(tf.sub<Tensor2D>(tf.tensor2d([weights.map(Math.log)]), tf.div(squares, tf.mul(2, variance))), 1)
  return tf.div(tf.sub(tf.matMul(shares, centres), x), variance)
}
