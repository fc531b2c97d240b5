/**
 * The generalised U-turn criterion, on stretches of a Hamiltonian trajectory.
 *
 *   a stretch turns if  p_first · ρ ≤ 0  or  p_last · ρ ≤ 0,   ρ = Σ p over its points
 *
 * Two neighbouring stretches turn if the whole does, or either with the nearest point of the other
 * added: without these checks, trajectories of about half a period are missed on round targets.
 * The criterion is the same in both directions of time: points are in order of integration.
 * Momenta are those of unit mass, p √M⁻¹. Shapes: momenta [dim, chains]; the rest [chains].
 * Source: Betancourt 2017, https://arxiv.org/abs/1701.02434, appendix A.4; the further checks:
 * Stan, https://mc-stan.org/docs/reference-manual/mcmc.html
 */
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'

/** Momenta of neighbouring points. */
export interface Stretch {
  readonly first: Tensor2D
  readonly last: Tensor2D
  /** ρ. */
  readonly sum: Tensor2D
}

export const pointStretch = (momentum: Tensor2D): Stretch => ({ first: momentum, last: momentum, sum: momentum })

/** `b` goes on where `a` ends. */
export const joined = (a: Stretch, b: Stretch): Stretch => ({ first: a.first, last: b.last, sum: tf.add(a.sum, b.sum) })

/** Whether two neighbouring stretches turn, bool [chains]. */
export function turns(a: Stretch, b: Stretch): Tensor1D {
  const checks = [
    isTurn(a.first, b.last, tf.add(a.sum, b.sum)),
    isTurn(a.first, b.first, tf.add(a.sum, b.first)),
    isTurn(a.last, b.last, tf.add(a.last, b.sum)),
  ] as const
  return tf.logicalOr(tf.logicalOr(checks[0], checks[1]), checks[2])
}

/** Whether two neighbouring points turn: the further checks say nothing new. */
export const pointsTurn = (a: Tensor2D, b: Tensor2D): Tensor1D => isTurn(a, b, tf.add(a, b))

const isTurn = (first: Tensor2D, last: Tensor2D, sum: Tensor2D): Tensor1D =>
  tf.logicalOr(isBackward(first, sum), isBackward(last, sum))

const isBackward = (momentum: Tensor2D, sum: Tensor2D): Tensor1D => tf.lessEqual(tf.sum(tf.mul(momentum, sum), 0), 0)
