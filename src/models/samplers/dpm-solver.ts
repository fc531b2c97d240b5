/**
 * DPM-Solver++ of second order, in two steps: the probability flow with one evaluation for each step.
 *
 *   D_i = x_i + σ_i² s(x_i, σ_i),   h_i = log(σ_i/σ_(i+1))
 *   x_(i+1) = σ_(i+1)/σ_i x_i + (1 − σ_(i+1)/σ_i) (D_i + h_i/(2 h_(i−1)) (D_i − D_(i−1)))
 *
 * Integrates the decay of the noise exactly, and the denoised state as a line through its last two values in log σ. The first
 * step, and the last, to no noise, take D_i alone, as ddim does. Nothing is drawn but the start. Its error at σ_min falls as 1/N².
 * Shapes: x, D [dim, chains].
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, type SamplerState } from './contract.ts'
import { gridFields, remembering } from './noise-grid.ts'

const Config = z.strictObject(gridFields(20))

interface State extends SamplerState {
  /** D of the step before. */
  readonly denoised: Tensor2D
}

export const dpmSolver = defineSampler({
  name: 'dpm_solver',
  summary: 'The probability flow in few steps, each of one evaluation and of second order by what the step before has seen.',
  config: Config,
  example: 'sampler: { dpm_solver: { steps: 20 } }',
  reference: 'Lu et al. 2022, https://arxiv.org/abs/2211.01095',
  make: (config) => remembering<State>(config, (x) => ({ x, denoised: tf.zerosLike(x) }), (_, { x, denoised: before }, target, fall) => {
    const denoised = tf.add<Tensor2D>(x, tf.mul(tf.square(fall.from), target.score(x, fall.from)))
    const isBetween = tf.logicalAnd(tf.greater(fall.before, fall.from), tf.greater(fall.to, 0))
    const ratio = tf.div(tf.log(tf.div(fall.from, fall.to)), tf.log(tf.div(fall.before, fall.from))) // of no meaning at the ends
    const weight = tf.where(isBetween, tf.div(ratio, 2), 0) as Scalar
    const onLine = tf.add<Tensor2D>(denoised, tf.mul(weight, tf.sub(denoised, before)))
    const kept = tf.div<Scalar>(fall.to, fall.from)
    return { x: tf.add<Tensor2D>(tf.mul(kept, x), tf.mul(tf.sub(1, kept), onLine)), denoised }
  }),
})
