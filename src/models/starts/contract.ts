/** Starts: where chains begin: positions that are drawn, or rows of a stream. */
import type { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Target } from '../target.ts'

export interface DrawnStart {
  /** Positions of the given shape, [dim, chains], where the chains of the target move. */
  draw(key: Key, shape: readonly [number, number], target: Target): Tensor2D
}

/** Rows of a stream, one for each chain: of the last step if it is one of particles, else the first ones. */
export interface StreamStart {
  readonly stream: string
}

export type Start = DrawnStart | StreamStart

export function defineStart<C extends z.ZodType, Made extends Start = DrawnStart>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Made },
): Unit<'start', C, Made> {
  return unit('start', declaration, declaration.make)
}
