/**
 * What a sampler runs on: an energy at a temperature, or a score.
 *
 *   p(x) = exp(−E(x)/τ)/Z,   U = E/τ,   score s = ∇ log p = −∇U
 *
 * The one adapter between energies and samplers. Shapes: x, score [dim, chains]; U [chains].
 * Errors: energy_invalid for a function that gives something else, component_failed for one that throws.
 */
import { fail, HeatbathError } from '../errors.ts'
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
  if (!Number.isSafeInteger(energy.dim) || energy.dim < 1) throw fail('energy_invalid', { energy: nameOf(energy), problem: `has dim ${String(energy.dim)}, not a number of coordinates` })
  const potential = (x: Tensor2D): Tensor1D => (temperature === 1 ? energyOf(energy, x) : tf.div<Tensor1D>(energyOf(energy, x), temperature))
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

/** E(x), looked at: an energy may be anyone's. */
function energyOf(energy: Energy, x: Tensor2D): Tensor1D {
  const value = called(energy, x)
  const [, chains] = x.shape
  if (value instanceof tf.Tensor && value.shape.length === 1 && value.shape[0] === chains) return value as Tensor1D
  const given = value instanceof tf.Tensor ? `[${value.shape.join(', ')}]` : String(value)
  throw fail('energy_invalid', { energy: nameOf(energy), problem: `gave ${given} for x [${x.shape.join(', ')}], not one number for each chain` })
}

function called(energy: Energy, x: Tensor2D): unknown {
  try {
    return energy.energy(x)
  } catch (error) {
    if (error instanceof HeatbathError) throw error
    throw fail('component_failed', { component: `energy ${nameOf(energy)}`, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

const nameOf = (energy: Energy & { readonly is?: { readonly name: string } }): string => energy.is?.name ?? '(without a name)'
