/**
 * Neal's funnel: a scale that is itself unknown.
 *
 *   E(y, x) = y²/(2s²) + Σ_i [ y/2 + x_i² e^(−y)/2 ],   y ~ N(0, s²),  x_i | y ~ N(0, e^y)
 *
 * At temperature τ: y ~ N((τ − 1) n s²/2, τ s²) with n = dim − 1, x_i | y ~ N(0, τ e^y).
 */
import { z } from 'zod'
import { normal, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const Config = z.strictObject({
  dim: z.int().min(2).default(2).meta({ description: 'Number of coordinates: y and dim − 1 of x.' }),
  scale: z.number().positive().default(3).meta({ description: 's: standard deviation of y.' }),
})

export const funnel = defineEnergy({
  name: 'funnel',
  summary: 'Neal\'s funnel, whose width varies over orders of magnitude.',
  config: Config,
  example: 'energy: { funnel: { dim: 10, scale: 3 } }',
  reference: 'Neal 2003, https://doi.org/10.1214/aos/1056562461',
  make: ({ dim, scale }) => ({
    dim,
    variables: [{ name: 'y' }, ...(dim > 16 ? [{ name: 'x', shape: [dim - 1] }] : Array.from({ length: dim - 1 }, (_, i) => ({ name: `x${i}` })))],
    energy(u: Tensor2D): Tensor1D {
      const y = tf.slice(u, [0, 0], [1, -1])
      const squares = tf.sum(tf.square(tf.slice(u, [1, 0], [dim - 1, -1])), 0, true)
      const perChain = tf.add(tf.div(tf.square(y), 2 * scale ** 2), tf.div(tf.add(tf.mul(dim - 1, y), tf.mul(squares, tf.exp(tf.neg(y)))), 2))
      return tf.squeeze(perChain, [0])
    },
    draw(key: Key, [, chains], temperature) {
      const [yKey, xKey] = split(key, 2) as [Key, Key]
      const y = tf.add<Tensor2D>(((temperature - 1) * (dim - 1) * scale ** 2) / 2, tf.mul(Math.sqrt(temperature) * scale, normal(yKey, [1, chains])))
      return tf.concat([y, tf.mul(normal(xKey, [dim - 1, chains]), tf.mul(Math.sqrt(temperature), tf.exp(tf.div(y, 2))))], 0) as Tensor2D
    },
  }),
})
