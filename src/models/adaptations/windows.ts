/**
 * Windowed adaptation of step size and mass matrix.
 *
 * The burn-in is cut into a first part of 75 steps, windows of 25, 50, 100, ... steps, and a last
 * part of 50 (of 15, 75 and 10 % of a burn-in below 150 steps). The step size follows dual averaging throughout. At the
 * end of each window the inverse mass becomes the regularised variance of the positions in it,
 *
 *   M⁻¹ = n/(n + 5) var + 10⁻³ · 5/(n + 5),
 *
 * n being the positions of all chains, and dual averaging begins anew.
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor, type Tensor2D } from '../../engine/tf.ts'
import { defineAdaptation, type AdaptationState } from './contract.ts'
import { averagedStep, initStepSize } from './dual-averaging.ts'

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
    tunes: ['step_size', 'inverse_mass'],
    init: ({ step_size, inverse_mass }) => ({ ...initStepSize(step_size), ...emptyMoments(inverse_mass as Tensor2D) }),
    update(state, tuning, { acceptance_rate, x, step }, steps) {
      const { slow, ends } = windowsOf(steps)
      const averaged = averagedStep(state, acceptance_rate, target_acceptance)
      const seen = choose(isWithin(step, slow), addPositions(state, x), state)
      const isEnd = tf.any<Scalar>(tf.equal(step, tf.tensor1d(ends.map((end) => end - 1), 'int32')))
      const isLast = tf.equal<Scalar>(step, tf.scalar(steps - 1, 'int32'))
      const step_size = tf.exp(tf.where(tf.logicalOr(isEnd, isLast), averaged.log_average as Scalar, averaged.log_step as Scalar)) as Scalar
      const inverse_mass = tuning.inverse_mass as Tensor2D
      return [
        choose(isEnd, { ...initStepSize(step_size), ...emptyMoments(inverse_mass) }, { ...averaged, ...moments(seen) }),
        { step_size, inverse_mass: tf.where(isEnd, regularised(seen), inverse_mass) as Tensor2D },
      ]
    },
  }),
})

/** Where variances are collected, and the ends of the windows, themselves excluded. */
export function windowsOf(steps: number): { readonly slow: readonly [number, number]; readonly ends: readonly number[] } {
  const [first, last] = steps < 150 ? [Math.floor(0.15 * steps), Math.floor(0.1 * steps)] : [75, 50]
  const end = steps - last
  const ends: number[] = []
  for (let at = first, size = steps < 150 ? end - first : 25; at < end; size *= 2) {
    const isLast = at + size + 2 * size > end // a window after it would not fit whole
    at = isLast ? end : at + size
    ends.push(at)
  }
  return { slow: [first, end], ends }
}

const isWithin = (step: Scalar, [from, to]: readonly [number, number]): Tensor =>
  tf.logicalAnd(tf.greaterEqual(step, tf.scalar(from, 'int32')), tf.less(step, tf.scalar(to, 'int32')))

const emptyMoments = (inverseMass: Tensor2D): AdaptationState =>
  ({ num_positions: tf.scalar(0), mean: tf.zerosLike(inverseMass), squares: tf.zerosLike(inverseMass) })

const moments = ({ num_positions, mean, squares }: AdaptationState): AdaptationState =>
  ({ num_positions: num_positions as Tensor, mean: mean as Tensor, squares: squares as Tensor })

/** Mean and sum of squared distances with the positions of all chains (Chan, Golub & LeVeque 1983). */
function addPositions(state: AdaptationState, x: Tensor2D): AdaptationState {
  const { num_positions, mean, squares } = moments(state) as { num_positions: Scalar; mean: Tensor2D; squares: Tensor2D }
  const chains = x.shape[1]
  const total = tf.add<Scalar>(num_positions, chains)
  const own = tf.mean<Tensor2D>(x, 1, true)
  const delta = tf.sub<Tensor2D>(own, mean)
  const between = tf.mul(tf.square(delta), tf.div(tf.mul(num_positions, chains), total))
  return {
    num_positions: total,
    mean: tf.add(mean, tf.mul(delta, tf.div(chains, total))),
    squares: tf.add(squares, tf.add(tf.sum(tf.square(tf.sub(x, own)), 1, true), between)),
  }
}

function regularised(state: AdaptationState): Tensor {
  const { num_positions: n, squares } = moments(state) as { num_positions: Scalar; squares: Tensor2D }
  const variance = tf.div(squares, tf.maximum(tf.sub(n, 1), 1))
  return tf.add(tf.mul(variance, tf.div(n, tf.add(n, 5))), tf.div(5e-3, tf.add(n, 5)))
}

const choose = (condition: Tensor, one: AdaptationState, other: AdaptationState): AdaptationState =>
  Object.fromEntries(Object.keys(other).map((name) => [name, tf.where(condition, (one[name] ?? other[name]) as Tensor, other[name] as Tensor)]))
