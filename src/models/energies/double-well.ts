/**
 * Double well, one in each coordinate.
 *
 *   E(x) = h Σ_i (x_i² − 1)²
 *
 * Minima at ±1 in each coordinate, barriers of height h. At h = 2, τ = 1: per dimension
 * Z = 1.410915, E x² = .852136, P(|x| < ½) = .135478.
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(1).meta({ description: 'Number of coordinates.' }),
  height: z.number().positive().default(2).meta({ description: 'h: height of the barrier at 0.' }),
})

export const doubleWell = defineEnergy({
  name: 'double_well',
  summary: 'Two minima in each coordinate, with a barrier between them.',
  config: Config,
  example: 'energy: { double_well: { dim: 8, height: 2 } }',
  reference: 'Kramers 1940, https://doi.org/10.1016/S0031-8914(40)90098-2',
  make: ({ dim, height }) => ({
    dim,
    energy: (x) => tf.mul(height, tf.sum(tf.square(tf.sub(tf.square(x), 1)), 0)),
  }),
})
