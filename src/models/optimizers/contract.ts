/**
 * Optimizers: what becomes of parameters and a gradient.
 *
 * Per parameter array, so that a rule is written for one tensor; `step` counts updates from 1. The
 * learning rate is a tensor: schedules change it without another executable.
 */
import type { z } from 'zod'
import type { Scalar, Tensor } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'

/** Arrays of the shape of the parameter, all zero at the start. */
export type Slots = Readonly<Record<string, Tensor>>

export interface Optimizer {
  readonly learning_rate: number
  readonly slots: readonly string[]
  /** The change of a parameter, and its slots afterwards. `step` is float32 []. */
  update(gradient: Tensor, slots: Slots, parameter: Tensor, learning_rate: Scalar, step: Scalar): readonly [Tensor, Slots]
}

export function defineOptimizer<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Optimizer },
): Unit<'optimizer', C, Optimizer> {
  return unit('optimizer', declaration, declaration.make)
}
