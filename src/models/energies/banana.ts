/**
 * A banana: a Gaussian bent along a parabola.
 *
 *   E(x) = x_0²/(2s²) + ½ (x_1 + b x_0² − b s²)²
 *
 * At temperature τ: x_0 ~ N(0, τ s²), x_1 | x_0 ~ N(b s² − b x_0², τ); log Z = log(2πτ s).
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import { coordinates } from './coordinates.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  scale: z.number().positive().default(10).meta({ description: 's: standard deviation of x0.' }),
  bend: z.number().default(0.03).meta({ description: 'b: how much x1 follows the square of x0.' }),
})

export const banana = defineEnergy({
  name: 'banana',
  summary: 'A Gaussian bent along a parabola.',
  config: Config,
  example: 'energy: { banana: { scale: 10, bend: 0.03 } }',
  reference: 'Haario, Saksman & Tamminen 1999, https://doi.org/10.1007/s001800050022',
  make: ({ scale, bend }) => ({
    dim: 2,
    energy(x) {
      const [x0, x1] = coordinates(x)
      const bent = tf.sub(tf.add(x1, tf.mul(bend, tf.square(x0))), bend * scale ** 2)
      return tf.add(tf.div(tf.square(x0), 2 * scale ** 2), tf.div(tf.square(bent), 2))
    },
    draw(key, shape, temperature) {
      const z = tf.mul<Tensor2D>(normal(key, shape), Math.sqrt(temperature))
      const [z0, z1] = coordinates(z)
      const x0 = tf.mul(scale, z0)
      return tf.stack([x0, tf.add(z1, tf.sub(bend * scale ** 2, tf.mul(bend, tf.square(x0))))]) as Tensor2D
    },
    logZ: (temperature) => Math.log(2 * Math.PI * temperature * scale),
  }),
})
