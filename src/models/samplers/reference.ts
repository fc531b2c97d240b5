/**
 * A Gaussian that a sampler is told of: what its proposals are drawn from, or measured against.
 *
 *   N(m, diag(s)²),   −log of its density up to a constant: Σ_i (x_i − m_i)²/(2 s_i²)
 *
 * Shapes: x [dim, chains]; the potential [chains].
 * Errors: config_invalid where a list has another length than the target has coordinates.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'

const perCoordinate = (description: string, number: z.ZodNumber) =>
  z.union([number, z.array(number).nonempty()]).meta({ description: `${description}: one number for all coordinates, or a list. Coordinates are as chains move: those with a support on the whole line.` })

/** Its fields in a config. */
export const REFERENCE = {
  mean: perCoordinate('m, the mean of the Gaussian', z.number()).default(0),
  scale: perCoordinate('s, the standard deviation of the Gaussian', z.number().positive()).default(1),
}

type PerCoordinate = number | readonly number[]

export interface Reference {
  readonly mean: Tensor
  readonly scale: Tensor
  potential(x: Tensor2D): Tensor1D
  /** log ∫ exp(−potential) dx. */
  readonly log_z: number
}

export function referenceOf(sampler: string, { mean, scale }: { readonly mean: PerCoordinate; readonly scale: PerCoordinate }, dim: number): Reference {
  const [m, s] = [column(sampler, 'mean', mean, dim), column(sampler, 'scale', scale, dim)]
  const logScales = typeof scale === 'number' ? dim * Math.log(scale) : scale.reduce((sum, each) => sum + Math.log(each), 0)
  return {
    mean: m,
    scale: s,
    potential: (x) => tf.mul(0.5, tf.sum(tf.square(tf.div(tf.sub(x, m), s)), 0)),
    log_z: logScales + (dim / 2) * Math.log(2 * Math.PI),
  }
}

/** [] or [dim, 1] */
function column(unit: string, field: string, value: PerCoordinate, dim: number): Tensor {
  if (typeof value === 'number') return tf.scalar(value)
  if (value.length !== dim) throw fail('config_invalid', { unit, problem: `${field}: ${value.length} numbers for a target of ${dim} coordinates` })
  return tf.tensor2d([...value], [dim, 1])
}
