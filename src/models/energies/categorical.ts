/**
 * A system of energy levels: a coordinate that is the number of its level.
 *
 *   E(x) = ε_x,   x = 0..M − 1;   p_x = exp(−ε_x/τ)/Z,   Z = Σ exp(−ε_x/τ)
 *
 * Several coordinates are independent copies.
 */
import { z } from 'zod'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '../../engine/tf.ts'
import { logPartition, populations } from '../energy-levels.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  levels: z.array(z.number()).min(2).meta({ description: 'ε: the energy of each level.' }),
  dim: z.int().positive().default(1).meta({ description: 'Number of independent copies.' }),
})

export const categorical = defineEnergy({
  name: 'categorical',
  summary: 'Energy levels: discrete coordinates, each the number of its level.',
  config: Config,
  example: 'energy: { categorical: { levels: [0, 1, 3] } }',
  reference: 'Boltzmann 1877, https://doi.org/10.1007/978-3-540-26834-8; Jaynes 1957, https://doi.org/10.1103/PhysRev.106.620',
  make: ({ levels, dim }) => {
    const values = levels.map((_, i) => i)
    return {
      dim,
      discrete: {
        values,
        classes: new Array<number>(dim).fill(0),
        conditionals: (x) => tf.broadcastTo(tf.reshape(tf.tensor1d(levels), [levels.length, 1, 1]), [levels.length, ...x.shape]) as Tensor3D,
      },
      // By comparison, not by a gather: x is a float, and the sum has a gradient of 0.
      energy: (x) => tf.sum<Tensor1D>(tf.addN(levels.map((level, i) => tf.mul<Tensor2D>(level, tf.cast(tf.equal(x, i), 'float32')))), 0),
      draw(key, shape, temperature) {
        let below = 0
        const ends = populations(levels, temperature).slice(0, -1).map((p) => (below += p))
        const u = uniform(key, shape)
        return tf.addN(ends.map((end) => tf.cast(tf.greater(u, end), 'float32') as Tensor)) as Tensor2D
      },
      logZ: (temperature) => dim * logPartition(levels, temperature),
    }
  },
})
