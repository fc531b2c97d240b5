/**
 * What a sampler runs on: an energy at a temperature, or a score.
 *
 *   p(x) = exp(−E(x)/τ)/Z,   U = E/τ,   score s = ∇ log p = −∇U
 *
 * The one adapter between energies and samplers. Shapes: x, score [dim, chains]; U [chains].
 */
import { valueAndGrad } from '../engine/gradients.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../engine/tf.ts'
import type { Energy } from './energies/contract.ts'
import { defaultVariables, type Variable } from './variables.ts'

export interface Target {
  readonly dim: number
  readonly variables: readonly Variable[]
  readonly temperature: number
  /** s(x); at noise level `sigma` for a model over levels, its smallest unless given. */
  score(x: Tensor2D, sigma?: Scalar): Tensor2D
  /** Present where an energy is known: what Metropolis tests need. */
  readonly density?: Density
  /** σ_1 > ... > σ_L of a model over noise levels. */
  readonly levels?: readonly number[]
}

export interface Density {
  potential(x: Tensor2D): Tensor1D
  potentialAndScore(x: Tensor2D): { readonly potential: Tensor1D; readonly score: Tensor2D }
}

export function energyTarget(energy: Energy, temperature = 1): Target {
  const potential = (x: Tensor2D): Tensor1D => (temperature === 1 ? energy.energy(x) : tf.div<Tensor1D>(energy.energy(x), temperature))
  const potentialAndScore: Density['potentialAndScore'] = (x) => {
    const { value, grad } = valueAndGrad(potential, x)
    return { potential: value, score: tf.neg(grad) }
  }
  return {
    dim: energy.dim,
    variables: energy.variables ?? defaultVariables(energy.dim),
    temperature,
    score: (x) => potentialAndScore(x).score,
    density: { potential, potentialAndScore },
  }
}
