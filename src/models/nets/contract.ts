/**
 * Nets: parametrised functions f(x, c) on rows.
 *
 * x [rows, dim]; c [rows] says how much noise x carries (its meaning is the preconditioning's);
 * the result is [rows, dim]. Parameters are a tree of float32 arrays.
 */
import type { z } from 'zod'
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { HostDraws } from './host-draws.ts'

export interface Net<P = unknown> {
  /** Initial parameters, as a tree of host arrays of the shape of P. */
  init(dim: number, draws: HostDraws): unknown
  apply(parameters: P, x: Tensor2D, c: Tensor1D): Tensor2D
}

export function defineNet<C extends z.ZodType, P>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Net<P> },
): Unit<'net', C, Net<P>> {
  return unit('net', declaration, declaration.make)
}
