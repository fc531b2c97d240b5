/**
 * Müller and Brown's potential: three wells along a bent path.
 *
 *   E(x, y) = s Σ_k A_k exp( a_k (x − x_k)² + b_k (x − x_k)(y − y_k) + c_k (y − y_k)² )
 *
 * Minima −146.700 at (−.558, 1.442), −108.167 at (.623, .028), −80.768 at (−.050, .467), for s = 1.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { coordinates } from './coordinates.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  scale: z.number().positive().default(0.05).meta({ description: 's: what the potential is multiplied by.' }),
})

/** A, a, b, c, x_k, y_k */
const TERMS = [
  [-200, -1, 0, -10, 1, 0], [-100, -1, 0, -10, 0, 0.5], [-170, -6.5, 11, -6.5, -0.5, 1.5], [15, 0.7, 0.6, 0.7, -1, 1],
] as const

export const muellerBrown = defineEnergy({
  name: 'mueller_brown',
  summary: 'Three wells along a bent path: a classic of transition paths.',
  config: Config,
  example: 'energy: { mueller_brown: { scale: 0.05 } }',
  reference: 'Muller & Brown 1979, https://doi.org/10.1007/BF00547608',
  make: ({ scale }) => ({
    dim: 2,
    energy(u): Tensor1D {
      const [x, y] = coordinates(u)
      const terms = TERMS.map(([A, a, b, c, x0, y0]) => {
        const [dx, dy] = [tf.sub<Tensor1D>(x, x0), tf.sub<Tensor1D>(y, y0)]
        const exponent = tf.add(tf.mul(dx, tf.add(tf.mul(a, dx), tf.mul(b, dy))), tf.mul(c, tf.square(dy)))
        return tf.mul<Tensor1D>(scale * A, tf.exp(exponent))
      })
      return tf.addN(terms)
    },
  }),
})
