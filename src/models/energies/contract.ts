/**
 * Energies: E(x), whose Boltzmann distribution exp(−E/τ)/Z is the target.
 *
 * Particles are columnar, x [dim, chains], so that a sum over coordinates runs over the major axis
 * and vectorises across chains; an energy is [chains].
 */
import type { z } from 'zod'
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { tf } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Variable } from '../variables.ts'

export interface Energy {
  /** Number of coordinates. */
  readonly dim: number
  /** Names of the coordinates; `x0`, `x1`, ... unless given. */
  readonly variables?: readonly Variable[]
  /** E [chains] of x [dim, chains]. */
  energy(x: Tensor2D): Tensor1D
}

export function defineEnergy<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Energy },
): Unit<'energy', C, Energy> {
  return unit('energy', declaration, declaration.make)
}

/** Adapts a function of rows [chains, dim], at the cost of a transposition. */
export const rowwise = (energy: (x: Tensor2D) => Tensor1D) => (x: Tensor2D): Tensor1D => energy(tf.transpose(x))
