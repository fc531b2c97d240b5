/**
 * Windowed adaptation of step size and mass matrix.
 *
 * The step size follows dual averaging throughout. At the end of each of the growing windows of the burn-in
 * (windowed-positions.ts) the inverse mass becomes the regularised variance of the positions in it,
 *
 *   M⁻¹ = n/(n + 5) var + 10⁻³ · 5/(n + 5),
 *
 * n being the positions of all chains, and dual averaging begins anew.
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor, type Tensor2D } from '../../engine/tf.ts'
import { defineAdaptation } from './contract.ts'
import { averagedStep, initStepSize, meanAcceptance } from './dual-averaging.ts'
import { choose, noPositions, withPositions, type Windowed } from './windowed-positions.ts'

const Config = z.strictObject({
  target_acceptance: z.number().gt(0).lt(1).default(0.8).meta({ description: 'The mean acceptance rate to reach.' }),
})

export const windows = defineAdaptation({
  name: 'windows',
  summary: 'Finds step size and diagonal mass matrix in growing windows, as Stan does.',
  config: Config,
  example: 'adapt: { windows: { target_acceptance: 0.8 } }',
  reference: 'Stan Reference Manual, https://mc-stan.org/docs/reference-manual/mcmc.html#automatic-parameter-tuning',
  make: ({ target_acceptance }) => ({
    sees: 'acceptance_rate',
    tunes: ['step_size', 'inverse_mass'],
    init: ({ step_size }, dim) => ({ ...initStepSize(step_size), ...noPositions(dim) }),
    update(state, tuning, seen, steps) {
      const averaged = averagedStep(state, meanAcceptance(seen, steps), target_acceptance)
      const window = withPositions(state, seen, steps)
      const { positions, isEnd } = window
      const isLast = tf.equal<Scalar>(seen.step, tf.scalar(steps - 1, 'int32'))
      const step_size = tf.exp(tf.where(tf.logicalOr(isEnd, isLast), averaged.log_average as Scalar, averaged.log_step as Scalar)) as Scalar
      return [
        { ...choose(isEnd, initStepSize(step_size), averaged), ...positions },
        { ...tuning, step_size, inverse_mass: tf.where(isEnd, regularised(window), tuning.inverse_mass as Tensor2D) as Tensor2D },
      ]
    },
  }),
})

const regularised = ({ n, variance }: Windowed): Tensor => tf.add(tf.mul(variance, tf.div(n, tf.add(n, 5))), tf.div(5e-3, tf.add(n, 5)))
