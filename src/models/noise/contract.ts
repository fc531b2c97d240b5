/**
 * Noise: how much of it training data are perturbed with.
 *
 * Levels σ_1 > ... > σ_L: training draws one for each row, annealed sampling goes through all.
 * Fields left to the data (`auto`) are filled in once, before training, by `resolve`; until then
 * reading the levels throws config_unresolved.
 */
import type { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor1D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import { resolvable, type Resolvable, type Unresolved } from '../resolvable.ts'

export interface Noise extends Resolvable<Noise> {
  /** σ_1 > ... > σ_L. */
  readonly levels: readonly number[]
  /** One σ for each row, [rows]. */
  draw(key: Key, rows: number): Tensor1D
}

export function defineNoise<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Unresolved<Noise> },
): Unit<'noise', C, Noise> {
  return unit('noise', declaration, (config) => resolvable<Noise>(declaration.make(config)))
}
