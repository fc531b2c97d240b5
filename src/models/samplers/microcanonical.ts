/**
 * Microcanonical Langevin Monte Carlo: chains of constant speed, which gradients and noise only turn round.
 *
 *   dx = u dt,   du = (1 − u uᵀ) (s(x)/(d − 1) dt + η dw),   |u| = 1
 *   a step: u turned by s for ε/2,   x ← x + ε u,   u turned by s for ε/2,   u ← (u + ν ξ)/|u + ν ξ|
 *
 * A turn is exact where s is constant: with g = |s|, e = s/g, δ = ε g/(d − 1), ζ = exp(−δ),
 *   u ← e (1 − ζ)(1 + ζ + u·e (1 − ζ)) + 2 ζ u, scaled to unit length.
 * ν = √((exp(2ε/L) − 1)/d), so that a direction is forgotten over the length L. The positions that a chain passes are
 * draws of exp(−U) as ε goes to 0; the bias of a step is told by the energy that it does not keep,
 * U' − U + (d − 1) log(...) of both turns: its variance over d is about 5e-4 where the bias can be neglected, by the paper.
 * Needs two coordinates at least. Chains begin in the direction of the score; where it is zero they rest until noise has given them one.
 * Shapes: x, u, score [dim, chains]; potential, energy error [chains].
 */
import { z } from 'zod'
import { normal, once } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, densityOf } from './contract.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'

const Config = z.strictObject({
  step_size: z.number().positive().meta({ description: 'ε: the length of a step; a share of √d deviations of the target. Where adaptation begins, if there is one.' }),
  length: z.number().positive().optional().meta({ description: 'L: over which length a direction is forgotten; the root of the number of coordinates unless given.' }),
})

interface State extends ScoredPosition {
  readonly direction: Tensor2D
}

export const microcanonical = defineSampler({
  name: 'microcanonical',
  summary: 'Microcanonical Langevin Monte Carlo: motion of constant speed, turned by the score and by noise.',
  config: Config,
  example: 'sampler: { microcanonical: { step_size: 0.3 } }',
  reference: 'Robnik & Seljak 2023, https://arxiv.org/abs/2303.18221',
  make: ({ step_size, length }) => ({
    needs: 'density',
    fewest: 2,
    info: { energy_error: 'float32' },
    tunes: ['step_size', 'length'],
    tuning: ({ dim }) => ({ step_size: tf.scalar(step_size), length: tf.scalar(length ?? Math.sqrt(dim)) }),
    init(x, target): State {
      const position = scoredPositionAt(x, target)
      return { ...position, direction: directionOf(position.score) }
    },
    step(key, state: State, target, tuning) {
      const [dim] = state.x.shape
      const half = tf.div<Scalar>(tuning.step_size, 2)
      const before = turned(state.direction, state.score, half)
      const x = tf.add<Tensor2D>(state.x, tf.mul(tuning.step_size, before.direction))
      const { potential, score } = densityOf(target).potentialAndScore(x)
      const after = turned(before.direction, score, half)
      const nu = tf.sqrt(tf.div(tf.expm1(tf.div(tf.mul(2, tuning.step_size), tuning.length as Scalar)), dim))
      const direction = directionOf(tf.add(after.direction, tf.mul(nu, once(key, normal(key, state.x.shape)))))
      const kinetic = tf.mul<Tensor1D>(dim - 1, tf.add(before.log_gain, after.log_gain))
      return [{ x, potential, score, direction }, { energy_error: tf.add(tf.sub(potential, state.potential), kinetic) }]
    },
    observe: ({ potential, score }: State) => ({ potential, score }),
  }),
})

/** Of a vector that is shorter, as of none, there is no direction: its square is still a float32. */
const TINY = 1e-15

const sizeOf = (v: Tensor2D): Tensor2D => tf.maximum(tf.norm(v, 'euclidean', 0, true), TINY)

const directionOf = (v: Tensor2D): Tensor2D => tf.div(v, sizeOf(v))

/** A direction after a time under a score that does not change, and log of what that adds to the momentum. */
function turned(direction: Tensor2D, score: Tensor2D, time: Scalar): { readonly direction: Tensor2D; readonly log_gain: Tensor1D } {
  const [dim] = score.shape
  const size = sizeOf(score)
  const e = tf.div<Tensor2D>(score, size)
  const along = tf.sum<Tensor2D>(tf.mul(direction, e), 0, true)
  const delta = tf.mul<Tensor2D>(tf.div(time, dim - 1), size)
  const zeta = tf.exp<Tensor2D>(tf.neg(delta))
  const lost = tf.sub<Tensor2D>(1, zeta)
  const toScore = tf.mul<Tensor2D>(lost, tf.add(tf.add(1, zeta), tf.mul(along, lost)))
  const next = directionOf(tf.add(tf.mul(e, toScore), tf.mul(tf.mul(2, zeta), direction)))
  // cosh δ + u·e sinh δ = e^δ/2 (1 + u·e + (1 − u·e) ζ²)
  const log_gain = tf.add<Tensor2D>(delta, tf.log(tf.mul(0.5, tf.add(tf.add(1, along), tf.mul(tf.sub(1, along), tf.square(zeta))))))
  return { direction: next, log_gain: tf.squeeze(log_gain, [0]) }
}
