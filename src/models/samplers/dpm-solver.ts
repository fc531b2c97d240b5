/**
 * DPM-Solver++ of second order, in two steps: the probability flow with one evaluation for each step.
 *
 *   D_i = x_i + σ_i² s(x_i, σ_i),   h_i = log(σ_i/σ_(i+1))
 *   x_(i+1) = σ_(i+1)/σ_i x_i + (1 − σ_(i+1)/σ_i) (D_i + h_i/(2 h_(i−1)) (D_i − D_(i−1)))
 *
 * Integrates the decay of the noise exactly, and the denoised state as a line through its last two values in log σ. The first
 * step, and the last, to no noise, take D_i alone, as ddim does. So do all where each begins from positions that its own steps
 * did not lead to, as in impute: the line holds along one trajectory. Nothing is drawn but the start. Its error at σ_min falls as 1/N².
 * Shapes: x, D [dim, chains]; σ of the step before [chains].
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, type SamplerState } from './contract.ts'
import { gridFields, remembering } from './noise-grid.ts'

const Config = z.strictObject(gridFields(20))

interface State extends SamplerState {
  /** D of the step before. */
  readonly denoised: Tensor2D
  /** Where that step began; 0 if there was none. */
  readonly sigma: Tensor1D
}

export const dpmSolver = defineSampler({
  name: 'dpm_solver',
  summary: 'The probability flow in few steps, each of one evaluation and of second order by what the step before has seen.',
  config: Config,
  example: 'sampler: { dpm_solver: { steps: 20 } }',
  reference: 'Lu et al. 2022, https://arxiv.org/abs/2211.01095',
  make: (config) => remembering<State>(config, begin, (_, { x, denoised: before, sigma }, target, { from, to }) => {
    const denoised = tf.add<Tensor2D>(x, tf.mul(tf.square(from), target.score(x, from)))
    const isBetween = tf.logicalAnd(tf.greater(sigma, from), tf.greater(to, 0))
    const ratio = tf.div(tf.log(tf.div(from, to)), tf.log(tf.div(sigma, from))) // of no meaning at the ends
    const weight = tf.where(isBetween, tf.div(ratio, 2), 0) as Tensor1D
    const onLine = tf.add<Tensor2D>(denoised, tf.mul(weight, tf.sub(denoised, before)))
    const kept = tf.div<Scalar>(to, from)
    return { x: tf.add<Tensor2D>(tf.mul(kept, x), tf.mul(tf.sub(1, kept), onLine)), denoised, sigma: tf.mul<Tensor1D>(from, tf.onesLike(sigma)) }
  }),
})

const begin = (x: Tensor2D): State => ({ x, denoised: tf.zerosLike(x), sigma: tf.zeros([x.shape[1]]) })
