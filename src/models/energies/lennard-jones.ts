/**
 * A cluster of particles with Lennard-Jones forces, held together by a weak spring.
 *
 *   E(x) = ε Σ_(i<j) [ (r_m/r_ij)^12 − 2 (r_m/r_ij)^6 ] + ½ k Σ_i |x_i − x̄|²
 *
 * r_m is the distance of least energy. The energy does not change when the whole cluster moves: with
 * the centre's own spring k_c it stays near the origin, ½ k_c n |x̄|². Thirteen particles have their
 * deepest minimum, −44.3268 ε without springs, at an icosahedron.
 * Coordinates: x, y, z of the first particle, then of the next; as one variable [particles, 3].
 */
import { z } from 'zod'
import { tf, type Tensor1D, type Tensor3D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  particles: z.int().min(2).default(13).meta({ description: 'Number of particles in space.' }),
  depth: z.number().positive().default(1).meta({ description: 'ε: depth of the well between two particles.' }),
  distance: z.number().positive().default(1).meta({ description: 'r_m: their distance of least energy.' }),
  spring: z.number().nonnegative().default(1).meta({ description: 'k: of each particle to the centre.' }),
  centre_spring: z.number().nonnegative().default(1).meta({ description: 'k_c: of the centre to the origin.' }),
})

export const lennardJones = defineEnergy({
  name: 'lennard_jones',
  summary: 'A cluster of particles with Lennard-Jones forces.',
  config: Config,
  example: 'energy: { lennard_jones: { particles: 13 } }',
  reference: 'Kohler, Klein & Noe 2020, https://arxiv.org/abs/2006.02425',
  make: ({ particles, depth, distance, spring, centre_spring }) => ({
    dim: 3 * particles,
    variables: [{ name: 'x', shape: [particles, 3] }],
    energy(u): Tensor1D {
      const x = tf.reshape(u, [particles, 3, -1]) as Tensor3D
      const pairs = Array.from({ length: particles }, (_, i) => Array.from({ length: i }, (__, j) => [i, j] as const)).flat()
      const [first, second] = [0, 1].map((k) => tf.gather(x, tf.tensor1d(pairs.map((pair) => pair[k as 0 | 1]), 'int32'))) as [Tensor3D, Tensor3D]
      const inverse6 = tf.pow(tf.div(distance ** 2, tf.sum(tf.square(tf.sub(first, second)), 1)), 3) // [pairs, chains]
      const forces = tf.mul(depth, tf.sum<Tensor1D>(tf.mul(inverse6, tf.sub(inverse6, 2)), 0))
      const centre = tf.mean(x, 0, true)
      const spread = tf.mul(spring / 2, tf.sum<Tensor1D>(tf.square(tf.sub(x, centre)), [0, 1]))
      return tf.add(tf.add(forces, spread), tf.mul((centre_spring * particles) / 2, tf.sum(tf.square(centre), [0, 1])))
    },
  }),
})
