/**
 * Dual averaging of the step size.
 *
 *   H_t = (1 − 1/(t + t₀)) H_(t−1) + (δ − a_t)/(t + t₀)
 *   log ε_t = μ − (√t/γ) H_t,   log ε̄_t = t^−κ log ε_t + (1 − t^−κ) log ε̄_(t−1)
 *
 * with μ = log 10 ε_0, t₀ = 10, γ = .05, κ = .75; a_t is the mean acceptance rate of step t, δ the
 * rate that is wanted. Steps of the burn-in use ε_t, those after it ε̄. In the first part of the burn-in a_t is the
 * chains' harmonic mean, which the lowest decide: a chain in a steep place would else never leave it, since the step
 * size suits the others (Hoffman, Radul & Sountsov 2021, https://proceedings.mlr.press/v130/hoffman21a.html).
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D } from '../../engine/tf.ts'
import { defineAdaptation, type AdaptationState, type Seen } from './contract.ts'
import { firstPart } from './windowed-positions.ts'

const Config = z.strictObject({
  target_acceptance: z.number().gt(0).lt(1).default(0.8).meta({ description: 'δ: the mean acceptance rate to reach. About .8 for nuts, .65 for hmc, .57 for mala and barker.' }),
})

export const dualAveraging = defineAdaptation({
  name: 'dual_averaging',
  summary: 'Finds the step size with a wanted acceptance rate.',
  config: Config,
  example: 'adapt: { dual_averaging: { target_acceptance: 0.8 } }',
  reference: 'Hoffman & Gelman 2014, https://jmlr.org/papers/v15/hoffman14a.html',
  make: ({ target_acceptance }) => ({
    sees: 'acceptance_rate',
    tunes: ['step_size'],
    init: ({ step_size }) => initStepSize(step_size),
    update(state, tuning, seen, steps) {
      const after = averagedStep(state, meanAcceptance(seen, steps), target_acceptance)
      const isLast = tf.equal(seen.step, tf.scalar(steps - 1, 'int32'))
      return [after, { ...tuning, step_size: tf.exp(tf.where(isLast, after.log_average as Scalar, after.log_step as Scalar)) }]
    },
  }),
})

/** Of all chains, [], in a burn-in of so many steps. */
export function meanAcceptance({ info, step }: Seen, steps: number): Scalar {
  const rates = info.acceptance_rate as Tensor1D
  const harmonic = tf.div(1, tf.mean(tf.div(1, tf.maximum(rates, LOWEST_RATE))))
  return tf.where(tf.less(step, tf.scalar(firstPart(steps), 'int32')), harmonic, tf.mean(rates)) as Scalar
}

/** What a chain that accepts nothing counts as. */
const LOWEST_RATE = 0.01

const [SHRINKAGE, DELAY, DECAY] = [0.05, 10, 0.75]

/** The averages at t = 0, around a step size. */
export const initStepSize = (step_size: Scalar): AdaptationState => ({
  count: tf.scalar(0),
  error: tf.scalar(0),
  log_average: tf.log(step_size),
  log_step: tf.log(step_size),
  centre: tf.log(tf.mul(10, step_size)),
})

/** The averages after one more step. */
export function averagedStep({ count, error, log_average, centre }: AdaptationState, acceptance_rate: Scalar, target: number): AdaptationState {
  const t = tf.add<Scalar>(count as Scalar, 1)
  const weight = tf.div<Scalar>(1, tf.add(t, DELAY))
  const nextError = tf.add(tf.mul(error as Scalar, tf.sub(1, weight)), tf.mul(weight, tf.sub(target, acceptance_rate)))
  const log_step = tf.sub(centre as Scalar, tf.mul(tf.div(tf.sqrt(t), SHRINKAGE), nextError))
  const share = tf.pow<Scalar>(t, -DECAY)
  return {
    count: t,
    error: nextError,
    log_step,
    log_average: tf.add(tf.mul(share, log_step), tf.mul(tf.sub(1, share), log_average as Scalar)),
    centre: centre as Scalar,
  }
}
