/**
 * Losses: scalars of a model and a perturbed batch.
 *
 * Info are means over the batch that an observer wants; each becomes a column of the training stream.
 */
import type { z } from 'zod'
import type { Scalar, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Declared, type Unit } from '../../unit.ts'
import type { DataSummary } from '../data-summary.ts'
import type { Score } from '../score-model.ts'

/** x = data + σ noise; x, noise [rows, dim]; sigma [rows]. */
export interface Perturbed {
  readonly x: Tensor2D
  readonly noise: Tensor2D
  readonly sigma: Tensor1D
}

export interface Loss {
  /** Columns of info, besides the loss. */
  readonly info: readonly string[]
  /** The same loss with every `auto` decided. */
  resolve(data: DataSummary): Declared<Loss>
  loss(score: Score, batch: Perturbed): { readonly value: Scalar; readonly info: Readonly<Record<string, Scalar>> }
}

export function defineLoss<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Loss },
): Unit<'loss', C, Loss> {
  return unit('loss', declaration, declaration.make)
}
