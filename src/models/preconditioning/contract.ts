/**
 * Preconditioning: how a score or an energy is made of a net's output.
 *
 *   s(x, σ) = output · f(input · (x − m), noise) − skip · (x − m)
 *   E(x, σ) = ½ skip · |x − m|² − output/input · F(input · (x − m), noise),   −∇E = s with f = ∇F
 *
 * The four scales depend on σ, so that the net sees inputs and makes outputs of about unit size at
 * every noise level. Of a model without noise σ is 1. Shapes: sigma and scales [rows].
 */
import type { z } from 'zod'
import type { Tensor1D } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import { resolvable, type Resolvable, type Unresolved } from '../resolvable.ts'

export interface Scales {
  readonly input: Tensor1D
  /** Absent where there is no such term. */
  readonly skip?: Tensor1D
  readonly output: Tensor1D
  /** What the net is told of the noise. */
  readonly noise: Tensor1D
}

export interface Preconditioning extends Resolvable<Preconditioning> {
  /** Whether it makes sense for models with noise, for those without, or for both. */
  readonly noise: 'with' | 'without' | 'either'
  /** m; the number throws config_unresolved while it is left to the data. */
  readonly mean: number
  scales(sigma: Tensor1D): Scales
}

export function definePreconditioning<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Unresolved<Preconditioning> },
): Unit<'preconditioning', C, Preconditioning> {
  return unit('preconditioning', declaration, (config) => resolvable<Preconditioning>(declaration.make(config)))
}
