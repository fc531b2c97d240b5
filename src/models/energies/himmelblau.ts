/**
 * Himmelblau's function.
 *
 *   E(x, y) = [ (x² + y − 11)² + (x + y² − 7)² ]/c
 *
 * Four minima of 0: (3, 2), (−2.805118, 3.131312), (−3.779310, −3.283186), (3.584428, −1.848126).
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { coordinates } from './coordinates.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  c: z.number().positive().default(1).meta({ description: 'What the energy is divided by.' }),
})

export const himmelblau = defineEnergy({
  name: 'himmelblau',
  summary: 'Four equal minima in the plane.',
  config: Config,
  example: 'energy: { himmelblau: {} }',
  reference: 'Himmelblau 1972, Applied Nonlinear Programming, McGraw-Hill',
  make: ({ c }) => ({
    dim: 2,
    energy(u): Tensor1D {
      const [x, y] = coordinates(u)
      const [p, q] = [tf.sub(tf.add(tf.square(x), y), 11), tf.sub(tf.add(x, tf.square(y)), 7)]
      return tf.div(tf.add(tf.square(p), tf.square(q)), c)
    },
  }),
})
