/**
 * Step size and length of microcanonical dynamics, by the energy that its steps do not keep.
 *
 *   ξ_t = mean ΔE²/(d v),   w_t = exp(−½ (log ξ_t / 9)²),   ε_(t+1) = (Σ_s w_s ξ_s ε_s⁻⁶ / Σ_s w_s)^(−1/6)
 *
 * The variance of the energy error over d grows as ε⁶; v is the one that is wanted, the mean that of all chains. The sums forget over
 * about 75 steps. L becomes √(Σ_i var x_i), the size of the target, at the end of each of the growing windows
 * of the burn-in (windowed-positions.ts).
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D } from '../../engine/tf.ts'
import { defineAdaptation } from './contract.ts'
import { noPositions, withPositions } from './windowed-positions.ts'

const Config = z.strictObject({
  target_variance: z.number().positive().default(5e-4).meta({ description: 'v: variance of the energy error over the number of coordinates; the bias of the draws grows with it.' }),
})

/** The width of w, what is left of the sums after a step, and the most that ξ counts: a step that goes wrong is one of many. */
const [WIDTH, KEPT, MOST] = [9, 149 / 151, 1e6]

export const energyVariance = defineAdaptation({
  name: 'energy_variance',
  summary: 'Finds step size and length of microcanonical dynamics with a wanted variance of its energy error.',
  config: Config,
  example: 'adapt: { energy_variance: {} }',
  reference: 'Robnik, De Luca, Silverstein & Seljak 2023, https://jmlr.org/papers/v24/22-1450.html',
  make: ({ target_variance }) => ({
    sees: 'energy_error',
    tunes: ['step_size', 'length'],
    init: (_, dim) => ({ weight: tf.scalar(0), sum: tf.scalar(0), ...noPositions(dim) }),
    update({ weight, sum, ...earlier }, tuning, seen, steps) {
      const [dim] = seen.x.shape
      const mean = tf.mean<Scalar>(tf.square(seen.info.energy_error as Tensor1D))
      const xi = tf.add<Scalar>(tf.minimum(MOST, tf.where(tf.isFinite(mean), tf.div(mean, dim * target_variance), MOST)), 1e-8)
      const w = tf.exp<Scalar>(tf.mul(-0.5, tf.square(tf.div(tf.log(xi), WIDTH))))
      const after = {
        weight: tf.add<Scalar>(tf.mul(KEPT, weight as Scalar), w),
        sum: tf.add<Scalar>(tf.mul(KEPT, sum as Scalar), tf.mul(w, tf.div(xi, tf.pow(tuning.step_size, 6)))),
      }
      const { positions, isEnd, variance } = withPositions(earlier, seen, steps)
      const size = tf.sqrt<Scalar>(tf.sum(variance))
      return [
        { ...after, ...positions },
        { ...tuning, step_size: tf.pow<Scalar>(tf.div(after.sum, after.weight), -1 / 6), length: tf.where(isEnd, size, tuning.length as Scalar) as Scalar },
      ]
    },
  }),
})
