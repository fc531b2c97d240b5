/**
 * Gaussian.
 *
 *   E(x) = ½ (x − m)ᵀ S⁻¹ (x − m),   S = diag(scale) C diag(scale)
 *
 * At temperature τ: mean m, covariance τ S, log Z = d/2 log(2πτ) + ½ log det S.
 * C is the identity unless `correlation` c is given: then C_ij = c^|i−j| (an AR(1) process), whose
 * inverse is tridiagonal. `mean` and `scale` are numbers for all coordinates, or one for each.
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'

const PerCoordinate = (description: string, number: z.ZodNumber) => z.union([number, z.array(number).nonempty()]).meta({ description })

const Config = z.strictObject({
  dim: z.int().positive().default(2).meta({ description: 'Number of coordinates.' }),
  mean: PerCoordinate('m: one number for all coordinates, or a list.', z.number()).default(0),
  scale: PerCoordinate('Standard deviation at temperature 1: one number for all coordinates, or a list.', z.number().positive()).default(1),
  correlation: z.number().gt(-1).lt(1).default(0).meta({ description: 'c of the correlation c^|i-j| between coordinates i and j.' }),
}).refine(({ dim, mean, scale }) => [mean, scale].every((v) => typeof v === 'number' || v.length === dim), {
  message: 'mean and scale have one number for each of dim coordinates',
})

export const gaussian = defineEnergy({
  name: 'gaussian',
  summary: 'A Gaussian with any mean, scales and AR(1) correlation.',
  config: Config,
  example: 'energy: { gaussian: { dim: 2, scale: [1, 3], correlation: 0.5 } }',
  reference: 'Bishop 2006, Pattern Recognition and Machine Learning, section 2.3',
  make: ({ dim, mean, scale, correlation }) => ({
    dim,
    energy(x: Tensor2D): Tensor1D {
      const u = tf.div<Tensor2D>(tf.sub(x, column(mean, dim)), column(scale, dim))
      if (correlation === 0 || dim === 1) return tf.mul(0.5, tf.sum(tf.square(u), 0))
      // u_0 ~ N(0, 1), u_i | u_(i-1) ~ N(c u_(i-1), 1 − c²): the energy is the sum of their −log p.
      const before = tf.pad(tf.slice(u, [0, 0], [dim - 1, -1]), [[1, 0], [0, 0]])
      const deviations = tf.div(tf.sub(u, tf.mul(correlation, before)), column([1, ...new Array<number>(dim - 1).fill(Math.sqrt(1 - correlation ** 2))], dim))
      return tf.mul<Tensor1D>(0.5, tf.sum(tf.square(deviations), 0))
    },
    draw(key, shape, temperature) {
      const z = tf.unstack(normal(key, shape), 0) as Tensor1D[]
      const chain: Tensor1D[] = [] // an AR(1) process
      for (const own of z) {
        const before = chain.at(-1)
        chain.push(before === undefined ? own : tf.add(tf.mul(correlation, before), tf.mul(Math.sqrt(1 - correlation ** 2), own)))
      }
      const u = correlation === 0 ? tf.stack(z) : tf.stack(chain)
      return tf.add<Tensor2D>(column(mean, dim), tf.mul(column(scale, dim), tf.mul(Math.sqrt(temperature), u)))
    },
    logZ(temperature) {
      const scales = typeof scale === 'number' ? new Array<number>(dim).fill(scale) : scale
      const logDeterminant = 2 * scales.reduce((sum, s) => sum + Math.log(s), 0) + (dim - 1) * Math.log(1 - correlation ** 2)
      return 0.5 * (dim * Math.log(2 * Math.PI * temperature) + logDeterminant)
    },
  }),
})

/** [dim, 1] */
const column = (value: number | readonly number[], dim: number): Tensor2D =>
  tf.tensor2d(typeof value === 'number' ? new Array<number>(dim).fill(value) : [...value], [dim, 1])
