/** Starts: where chains begin. */
import type { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'

export interface Start {
  /** Positions of the given shape, [dim, chains]. */
  draw(key: Key, shape: readonly [number, number]): Tensor2D
}

export function defineStart<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Start },
): Unit<'start', C, Start> {
  return unit('start', declaration, declaration.make)
}
