/**
 * Conditional noise-contrastive estimation: an energy learns to tell a row of data from a neighbour of it.
 *
 *   L = (2/κ) Σ ⟨log(1 + exp((E(x) − E(y))/τ))⟩,   y = x + ε ξ,   ξ ~ N(0, I), κ for each x
 *
 * As x lies about y as y about x, neither the density of the noise nor Z is needed: only differences of energies
 * matter, and log Z stays unknown. No chain is run. At small ε it is score matching along ξ; at a large one it compares
 * regions that lie apart. Rows that a model noises are data at that level.
 * Shapes: x, y [rows, dim]; E [rows].
 */
import { z } from 'zod'
import { normal, split } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { valueOf } from '../data-scale.ts'
import { defineLoss, energyOf, type Loss } from './contract.ts'

const Config = z.strictObject({
  neighbours: z.int().positive().default(1).meta({ description: 'κ: neighbours of each row of data.' }),
  distance: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'ε: standard deviation of each coordinate of a neighbour; half of that of the data unless given.' }),
  temperature: z.number().positive().default(1).meta({ description: 'τ: at which the energy is that of the data.' }),
})

const NAME = 'conditional_noise_contrastive_estimation'

export const conditionalNoiseContrastiveEstimation = defineLoss({
  name: NAME,
  summary: 'Teaches an energy to tell data from neighbours of them: without chains and without log Z.',
  config: Config,
  example: 'loss: { model: moons, conditional_noise_contrastive_estimation: { neighbours: 4 } }',
  reference: 'Ceylan & Gutmann 2018, https://arxiv.org/abs/1806.03664',
  make: ({ neighbours, distance, temperature }) => ({
    reads: ['x'],
    needs: 'energy',
    domain: 'real',
    info: ['accuracy'],
    resolve: (data): Declared<Loss> => conditionalNoiseContrastiveEstimation({ neighbours, temperature, distance: distance === 'auto' ? data.sd / 2 : distance }),
    loss(model, { x, sigma }, key) {
      const [energy, width] = [energyOf(model), valueOf(NAME, distance)]
      const own = energy(x, sigma)
      const gaps = split(key, neighbours).map((each) => tf.div<Tensor1D>(tf.sub(own, energy(tf.add<Tensor2D>(x, tf.mul(width, normal(each, x.shape, 0))), sigma)), temperature))
      const share = tf.addN(gaps.map((gap) => tf.mean<Scalar>(tf.cast(tf.less(gap, 0), 'float32'))))
      return { value: tf.mul<Scalar>(2 / neighbours, tf.addN(gaps.map((gap) => tf.mean<Scalar>(tf.softplus(gap))))), info: { accuracy: tf.div<Scalar>(share, neighbours) } }
    },
  }),
})
