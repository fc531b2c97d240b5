/**
 * Rastrigin's function: a parabola full of dimples.
 *
 *   E(x) = A d + Σ_i [ x_i² − A cos 2πx_i ]
 *
 * Its minimum is 0 at 0; every point near whole numbers is a local one.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(2).meta({ description: 'Number of coordinates.' }),
  amplitude: z.number().nonnegative().default(10).meta({ description: 'A: depth of the dimples.' }),
})

export const rastrigin = defineEnergy({
  name: 'rastrigin',
  summary: 'A parabola with a local minimum near every whole number.',
  config: Config,
  example: 'energy: { rastrigin: { dim: 2 } }',
  reference: 'Rastrigin 1974, Systems of Extremal Control; Muhlenbein, Schomisch & Born 1991, https://doi.org/10.1016/S0167-8191(05)80052-3',
  make: ({ dim, amplitude }) => ({
    dim,
    energy: (x) => tf.add(amplitude * dim, tf.sum<Tensor1D>(tf.sub(tf.square(x), tf.mul(amplitude, tf.cos(tf.mul(2 * Math.PI, x)))), 0)),
  }),
})
