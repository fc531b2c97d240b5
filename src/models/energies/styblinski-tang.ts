/**
 * The function of Styblinski and Tang.
 *
 *   E(x) = ½ Σ_i [ x_i⁴ − 16 x_i² + 5 x_i ]
 *
 * Its minimum is −39.16617 d at x_i = −2.903534; two wells in each coordinate, of different depth.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(2).meta({ description: 'Number of coordinates.' }),
})

export const styblinskiTang = defineEnergy({
  name: 'styblinski_tang',
  summary: 'Two unequal wells in each coordinate.',
  config: Config,
  example: 'energy: { styblinski_tang: { dim: 2 } }',
  reference: 'Styblinski & Tang 1990, https://doi.org/10.1016/0893-6080(90)90029-K',
  make: ({ dim }) => ({
    dim,
    energy: (x): Tensor1D => tf.div(tf.sum(tf.add(tf.mul(tf.square(x), tf.sub(tf.square(x), 16)), tf.mul(5, x)), 0), 2),
  }),
})
