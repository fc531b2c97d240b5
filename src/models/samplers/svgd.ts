/**
 * Stein variational gradient descent: particles that follow the score together and push each other apart.
 *
 *   x_i' = x_i + ε/n Σ_j (k(x_j, x_i) s(x_j) + ∇_(x_j) k(x_j, x_i)),   k(x, y) = exp(−|x − y|²/(2h²))
 *
 * No chain: nothing is drawn but the start, and particles at rest stand for the target as a set. Few of them tell its moments
 * better than as many draws; in many coordinates they come to lie too near to each other. `auto` is h² = ⟨|x_i − x_j|²⟩/(2 log(n + 1)),
 * with the mean where the paper has the median. All particles are one block; a step takes O(n²) time and memory.
 * Shapes: x, score [dim, particles]; k [particles, particles].
 */
import { z } from 'zod'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, observePosition } from './contract.ts'

const Config = z.strictObject({
  step_size: z.number().positive().default(0.1).meta({ description: 'ε, in units of x².' }),
  bandwidth: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'h: how far particles feel each other, in units of x; auto follows their distances.' }),
})

export const svgd = defineSampler({
  name: 'svgd',
  summary: 'Particles that move to where the score leads them and keep apart: a set that stands for the target.',
  config: Config,
  example: 'sampler: { svgd: { step_size: 0.2 } }',
  reference: 'Liu & Wang 2016, https://arxiv.org/abs/1608.04471',
  make: ({ step_size, bandwidth }) => ({
    needs: 'score',
    info: {},
    interacts: true,
    init: (x) => ({ x }),
    step(_, { x }, { score }) {
      const count = x.shape[1]
      const squares = tf.sum<Tensor2D>(tf.square(x), 0, true)
      const distances = tf.maximum<Tensor2D>(tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, tf.matMul(x, x, true))), 0)
      const width = bandwidth === 'auto' ? tf.div<Scalar>(tf.mean(distances), 2 * Math.log(count + 1)) : tf.scalar(bandwidth ** 2)
      const kernel = tf.exp<Tensor2D>(tf.div(distances, tf.mul(-2, width)))
      const attracted = tf.matMul(score(x), kernel)
      const apart = tf.div<Tensor2D>(tf.sub(tf.mul(x, tf.sum(kernel, 0, true)), tf.matMul(x, kernel)), width)
      return [{ x: tf.add(x, tf.mul(step_size / count, tf.add(attracted, apart))) }, {}]
    },
    observe: observePosition,
  }),
})
