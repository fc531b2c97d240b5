/**
 * Energies: E(x), whose Boltzmann distribution exp(−E/τ)/Z is the target.
 *
 * Particles are columnar, x [dim, chains], so that a sum over coordinates runs over the major axis
 * and vectorises across chains; an energy is [chains].
 */
import type { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor1D, Tensor2D, Tensor3D } from '../../engine/tf.ts'
import { tf } from '../../engine/tf.ts'
import { unit, type Declaration, type Parts, type Unit } from '../../unit.ts'
import type { Support } from '../support.ts'
import type { Variable } from '../variables.ts'

export interface Energy {
  /** Number of coordinates. */
  readonly dim: number
  /** Names of the coordinates; `x0`, `x1`, ... unless given. */
  readonly variables?: readonly Variable[]
  /** Where coordinates lie; anywhere unless given. */
  readonly support?: Support
  /** Present where coordinates take a few values only. */
  readonly discrete?: Discrete
  /** E [chains] of x [dim, chains]. */
  energy(x: Tensor2D): Tensor1D
  /** Independent draws at a temperature, [dim, chains]; undefined at temperatures where they cannot be had. */
  draw?(key: Key, shape: readonly [number, number], temperature: number): Tensor2D | undefined
  /** log Z at a temperature; undefined at temperatures where it is not known. */
  logZ?(temperature: number): number | undefined
}

/** Coordinates that take a few values, as x holds them. */
export interface Discrete {
  readonly values: readonly number[]
  /** Class of each coordinate: those of a class do not act on each other and are drawn at once. Each for itself unless given. */
  readonly classes?: readonly number[]
  /** E with each coordinate at each value and the others as in x, up to a constant per coordinate: [values, dim, chains]. */
  conditionals?(x: Tensor2D): Tensor3D
  /** Independent draws, one coordinate after the other, the logits of each divided by a temperature of its own: at 1 they are of exp(−E). */
  ancestral?(key: Key, shape: readonly [number, number], token_temperature: number): Tensor2D
}

/** Rows that an energy depends on. */
export interface Rows {
  readonly count: number
  /** A column of numbers. Throws data_column if it is not there or not of numbers, data_not_finite for a null, NaN or infinity. */
  column(name: string): Float64Array
}

/** An energy that depends on rows, as a posterior does: it is one once it has them. */
export interface DataEnergy {
  /** The stream whose rows they are: a field of the config that is `nameOf('stream', '...')`. */
  readonly data: string
  given(rows: Rows): Energy
}

export function defineEnergy<C extends z.ZodType, Made extends Energy | DataEnergy = Energy, P extends Parts = Parts>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>, parts: P) => Made },
): Unit<'energy', C, Made, P> {
  return unit('energy', declaration, declaration.make)
}

/** Adapts a function of rows [chains, dim], at the cost of a transposition. */
export const rowwise = (energy: (x: Tensor2D) => Tensor1D) => (x: Tensor2D): Tensor1D => energy(tf.transpose(x))
