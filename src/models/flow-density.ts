/**
 * The log-density of a score model, by the probability-flow equation.
 *
 *   dx/dσ = −σ s(x, σ),   log p(x) = log N(x(σ_max); m, (σ_max² + v) I) − ∫ σ ∇·s(x(σ), σ) dσ,   from σ_min to σ_max
 *
 * In nats, of the data noised to σ_min; integrated in log σ. What the model says of data noised to σ_max is taken
 * for a Gaussian with the mean m and the variance v of the data: an error of the order v/σ_max² for each coordinate, and as
 * many times more in the tails as there are squared standard deviations. The divergence is exact for up to 32
 * coordinates, at the price of as many backward passes; above, Hutchinson's estimate vᵀ∇(vᵀs), v signs
 * that stay the same along the way: its mean over v is the log-density.
 * Shapes: x, v [rows, dim]; σ, log p [rows]. Rows that the solver gives up are NaN.
 */
import { valueAndGrad } from '../engine/gradients.ts'
import { signs, split, type Key } from '../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '../engine/tf.ts'
import { integrate, type Along, type Course } from './dormand-prince.ts'
import type { ModelFunctions } from './model.ts'

export interface FlowDensity extends Pick<Course, 'tolerance' | 'max_steps'> {
  /** σ_max > ... > σ_min */
  readonly levels: readonly number[]
  /** Of the data, over all coordinates. */
  readonly mean: number
  readonly sd: number
  /** Vectors v for each row, where the divergence is estimated. */
  readonly probes: number
}

const MAX_EXACT_DIM = 32

/** `key` draws the probes. */
export function flowLogDensity({ score }: ModelFunctions, x: Tensor2D, key: Key, { levels, mean, sd, probes, ...solver }: FlowDensity): Tensor1D {
  const [rows, dim] = x.shape
  const [largest, smallest] = [levels[0] as number, levels.at(-1) as number]
  const directions = dim <= MAX_EXACT_DIM ? unitVectors(rows, dim) : split(key, probes).map((own) => signs(own, x.shape, 0) as Tensor2D)
  const scale = dim <= MAX_EXACT_DIM ? 1 : 1 / probes
  const slope = (logSigma: Tensor1D, at: Tensor2D): Along => {
    const sigma = tf.exp(logSigma)
    const factor = tf.neg(tf.square(sigma)) as Tensor1D
    const divergence = tf.mul<Tensor1D>(sumAlong(score, at, sigma, directions), scale)
    return { x: tf.mul(tf.expandDims(factor, 1), score(at, sigma)), along: tf.mul(factor, divergence) }
  }
  const end = integrate(slope, { x, along: tf.zeros([rows]) }, { from: Math.log(smallest), to: Math.log(largest), ...solver })
  const variance = largest ** 2 + sd ** 2
  const squares = tf.sum<Tensor1D>(tf.square(tf.sub(end.x, mean)), 1)
  return tf.sub(tf.sub(end.along, tf.div(squares, 2 * variance)), (dim / 2) * Math.log(2 * Math.PI * variance))
}

/** Σ_v vᵀ ∇(vᵀ s), all directions in one backward pass: rows stand once for each. */
function sumAlong(score: ModelFunctions['score'], x: Tensor2D, sigma: Tensor1D, directions: readonly Tensor2D[]): Tensor1D {
  const [rows, count] = [x.shape[0], directions.length]
  const v = tf.concat<Tensor2D>([...directions], 0)
  const sigmas = tf.tile(sigma, [count])
  const { grad } = valueAndGrad((at: Tensor2D) => tf.sum<Tensor1D>(tf.mul(v, score(at, sigmas)), 1), tf.tile(x, [count, 1]))
  const curvatures = tf.sum<Tensor1D>(tf.mul(v, grad), 1)
  return tf.sum(tf.reshape<Tensor2D & Tensor3D>(curvatures, [count, rows]), 0)
}

const unitVectors = (rows: number, dim: number): Tensor2D[] =>
  Array.from({ length: dim }, (_, i) => tf.tile(tf.tensor2d([Array.from({ length: dim }, (__, j) => (i === j ? 1 : 0))]), [rows, 1]))
