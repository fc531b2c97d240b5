/**
 * Rosenbrock's valley.
 *
 *   E(x) = Σ_i [ b (x_(i+1) − x_i²)² + (a − x_i)² ]/c
 *
 * Its minimum is 0 at (1, ..., 1) for a = 1. In two dimensions, at temperature τ: x_0 ~ N(a, τc/2),
 * x_1 | x_0 ~ N(x_0², τc/(2b)), log Z = log(πτc/√b).
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { coordinates, neighbours } from './coordinates.ts'
import { defineEnergy, type Energy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().min(2).default(2).meta({ description: 'Number of coordinates.' }),
  a: z.number().default(1).meta({ description: 'Where the valley is lowest.' }),
  b: z.number().positive().default(100).meta({ description: 'How steep its walls are.' }),
  c: z.number().positive().default(20).meta({ description: 'What the energy is divided by.' }),
})

export const rosenbrock = defineEnergy({
  name: 'rosenbrock',
  summary: 'A long curved valley with steep walls.',
  config: Config,
  example: 'energy: { rosenbrock: { dim: 2 } }',
  reference: 'Goodman & Weare 2010, https://doi.org/10.2140/camcos.2010.5.65',
  make: ({ dim, a, b, c }) => ({
    dim,
    energy(x) {
      const [here, next] = neighbours(x)
      const walls = tf.mul(b, tf.square(tf.sub(next, tf.square(here))))
      return tf.div(tf.sum<Tensor1D>(tf.add(walls, tf.square(tf.sub(a, here))), 0), c)
    },
    ...(dim === 2 ? inThePlane(a, b, c) : {}),
  }),
})

const inThePlane = (a: number, b: number, c: number): Pick<Energy, 'draw' | 'logZ'> => ({
  draw(key, shape, temperature) {
    const [z0, z1] = coordinates(normal(key, shape) as Tensor2D)
    const x0 = tf.add(a, tf.mul(Math.sqrt((temperature * c) / 2), z0))
    return tf.stack([x0, tf.add(tf.square(x0), tf.mul(Math.sqrt((temperature * c) / (2 * b)), z1))]) as Tensor2D
  },
  logZ: (temperature) => Math.log((Math.PI * temperature * c) / Math.sqrt(b)),
})
