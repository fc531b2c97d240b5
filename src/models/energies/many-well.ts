/**
 * Many wells: independent pairs, each a double well beside a Gaussian.
 *
 *   E(x) = Σ_pairs [ x⁴ − 6x² − x/2 + y²/2 ]
 *
 * 2^(dim/2) modes of unequal mass. At temperature 1 log Z = 5.1467399 dim: 164.6957 for 32 coordinates.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().positive().multipleOf(2).default(32).meta({ description: 'Number of coordinates, two for each pair.' }),
})

export const manyWell = defineEnergy({
  name: 'many_well',
  summary: 'Pairs of a double well and a Gaussian: 2^(dim/2) modes.',
  config: Config,
  example: 'energy: { many_well: { dim: 32 } }',
  reference: 'Noe et al. 2019, https://doi.org/10.1126/science.aaw1147; Midgley et al. 2023, https://arxiv.org/abs/2208.01893',
  make: ({ dim }) => ({
    dim,
    energy(u): Tensor1D {
      // The wells come first, the Gaussians after them: two slices, without a stride.
      const [x, y] = [tf.slice(u, [0, 0], [dim / 2, -1]), tf.slice(u, [dim / 2, 0], [dim / 2, -1])]
      const squares = tf.square(x)
      const wells = tf.sub(tf.mul(squares, tf.sub(squares, 6)), tf.div(x, 2))
      return tf.sum(tf.add(wells, tf.div(tf.square(y), 2)), 0)
    },
  }),
})
