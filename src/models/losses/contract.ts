/**
 * Losses: scalars of a model and a batch, means over its rows: that of two halves is the mean of theirs (row-halves.ts).
 *
 * Info are such means that an observer wants; each becomes a column of the training stream.
 */
import type { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Scalar, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { ModelFunctions } from '../model.ts'
import { resolvable, type Resolvable, type Unresolved } from '../resolvable.ts'

/** The columns that a loss may read. Of a model without noise x are the data, and sigma is not there. */
export interface Batch {
  /** [rows, dim]: data + σ noise. */
  readonly x: Tensor2D
  /** [rows, dim]: standard normal. */
  readonly noise: Tensor2D
  /** [rows]; there wherever the model has noise. */
  readonly sigma: Tensor1D
  /** Samples of the model, [rows, dim]. */
  readonly negatives: Tensor2D
}

export interface Loss extends Resolvable<Loss> {
  /** Which columns it needs; sigma it gets wherever the model has noise. */
  readonly reads: readonly (keyof Batch)[]
  /** What the model must be; normalized is an energy whose Z is 1 whatever its parameters. */
  readonly needs: 'score' | 'energy' | 'normalized'
  /** What the coordinates must be: of an energy any unless given, of a score real numbers. */
  readonly domain?: 'real'
  /** Columns of info, besides the loss. */
  readonly info: readonly string[]
  /** `key` draws for the rows of the batch. */
  loss(model: ModelFunctions, batch: Batch, key: Key): { readonly value: Scalar; readonly info: Readonly<Record<string, Scalar>> }
}

/** The energy that a loss with `needs: 'energy'` was promised. */
export function energyOf({ energy }: ModelFunctions): NonNullable<ModelFunctions['energy']> {
  if (energy === undefined) throw new TypeError('the model has no energy')
  return energy
}

export function defineLoss<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Unresolved<Loss> },
): Unit<'loss', C, Loss> {
  return unit('loss', declaration, (config) => resolvable<Loss>(declaration.make(config)))
}
