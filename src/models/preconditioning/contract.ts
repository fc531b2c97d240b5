/**
 * Preconditioning: how a score is made of a net's output.
 *
 * A net sees inputs and outputs of about unit size at every noise level; the preconditioning knows
 * how the score of noised data scales. Rows: x, score [rows, dim]; sigma [rows].
 */
import type { z } from 'zod'
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Declared, type Unit } from '../../unit.ts'
import type { DataSummary } from '../data-summary.ts'

/** f(x, c), the net with its parameters. */
export type Apply = (x: Tensor2D, c: Tensor1D) => Tensor2D

export interface Preconditioning {
  score(net: Apply, x: Tensor2D, sigma: Tensor1D): Tensor2D
  /** The same with every `auto` decided. */
  resolve(data: DataSummary): Declared<Preconditioning>
}

export function definePreconditioning<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Preconditioning },
): Unit<'preconditioning', C, Preconditioning> {
  return unit('preconditioning', declaration, declaration.make)
}
