/** Starts: where chains begin: positions that are drawn, or rows of a stream. */
import type { z } from 'zod'
import { fail, type HeatbathError } from '../../errors.ts'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Target } from '../target.ts'

export interface DrawnStart {
  /** What the target must offer, if anything: independent draws, or coordinates that are one of a few states. */
  readonly needs?: 'draws' | 'states'
  /** Positions of the given shape, [dim, chains], where the chains of the target move. */
  draw(key: Key, shape: readonly [number, number], target: Target): Tensor2D
}

/** Independent draws of a target. Throws start_unknown where they cannot be had. */
export function exactDraws(key: Key, shape: readonly [number, number], target: Target): Tensor2D {
  const x = target.draw?.(key, shape)
  if (x === undefined) throw startUnknown(target.name ?? 'the target', target.temperature)
  return x
}

export const startUnknown = (target: string, temperature: number): HeatbathError => fail('start_unknown', { target, temperature })

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
