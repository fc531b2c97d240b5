/**
 * Leapfrog steps of Hamiltonian dynamics, for the samplers that make them.
 *
 *   p ← p + ε/2 s(x),   x ← x + ε M⁻¹ p,   p ← p + ε/2 s(x)
 *
 * Reversible, and keeps volume: a Metropolis test on H = U + pᵀ M⁻¹ p / 2 makes it exact.
 * Shapes: x, momentum, score [dim, chains]; M⁻¹ [dim, 1]; ε [] or [chains]; potential [chains].
 * Source: Leimkuhler & Reich 2004, https://doi.org/10.1017/CBO9780511614118
 */
import { loop } from '../../engine/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Density } from '../target.ts'
import type { ScoredPosition } from './position.ts'

/** A position that moves. */
export interface Moving extends ScoredPosition {
  readonly momentum: Tensor2D
}

/** An energy error above this is a divergence. */
export const DIVERGENT = 1000

/** pᵀ M⁻¹ p / 2. */
export const kineticEnergy = (momentum: Tensor2D, inverseMass: Tensor2D): Tensor1D =>
  tf.div(tf.sum(tf.mul(tf.square(momentum), inverseMass), 0), 2)

/** H of a moving position. */
export const totalEnergy = ({ potential, momentum }: Moving, inverseMass: Tensor2D): Tensor1D =>
  tf.add(potential, kineticEnergy(momentum, inverseMass))

/** After one leapfrog step of unit mass, `stride` = ε √M⁻¹ and the momentum √M⁻¹ p. */
export function leapfrog(start: Moving, density: Density, stride: Tensor2D): Moving {
  const half = tf.mul<Tensor2D>(stride, 0.5)
  const momentum = tf.add<Tensor2D>(start.momentum, tf.mul(half, start.score))
  const x = tf.add<Tensor2D>(start.x, tf.mul(stride, momentum))
  const { potential, score } = density.potentialAndScore(x)
  return { x, potential, score, momentum: tf.add(momentum, tf.mul(half, score)) }
}

/** After `steps` leapfrog steps; neighbouring half kicks are one. */
export function leapfrogs(start: Moving, density: Density, stepSize: Tensor, inverseMass: Tensor2D, steps: number): Moving {
  const drift = (x: Tensor2D, momentum: Tensor2D): Tensor2D => tf.add(x, tf.mul(stepSize, tf.mul(inverseMass, momentum)))
  const kick = (momentum: Tensor2D, score: Tensor2D, share: number): Tensor2D => tf.add(momentum, tf.mul(tf.mul(stepSize, share), score))
  const middle = loop({ to: steps - 1, state: { x: start.x, momentum: kick(start.momentum, start.score, 0.5) } }, (now) => {
    const x = drift(now.x, now.momentum)
    return { x, momentum: kick(now.momentum, density.potentialAndScore(x).score, 1) }
  })
  const x = drift(middle.x, middle.momentum)
  const { potential, score } = density.potentialAndScore(x)
  return { x, potential, score, momentum: kick(middle.momentum, score, 0.5) }
}
