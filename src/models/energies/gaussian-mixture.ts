/**
 * Mixture of Gaussians with round components.
 *
 *   E(x) = −log Σ_k w_k N(x; m_k, s_k² I)
 *
 * At temperature 1 it is the mixture itself, log Z = 0.
 */
import { z } from 'zod'
import { normal, split, uniform, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { logSumExp } from '../log-sum-exp.ts'
import { defineEnergy, type Energy } from './contract.ts'

const Component = z.strictObject({
  mean: z.array(z.number()).nonempty().meta({ description: 'm_k, one number for each coordinate.' }),
  scale: z.number().positive().default(1).meta({ description: 's_k: standard deviation in each coordinate.' }),
  weight: z.number().positive().default(1).meta({ description: 'w_k; weights are normalised to sum to 1.' }),
})

const Config = z.strictObject({
  components: z.array(Component).nonempty().meta({ description: 'The Gaussians, all of one dimension.' }),
}).refine(({ components }) => new Set(components.map((c) => c.mean.length)).size === 1, {
  message: 'the means of all components have the same number of coordinates',
})

export interface Mixture {
  readonly means: readonly (readonly number[])[]
  readonly scales: readonly number[]
  /** They sum to 1. */
  readonly weights: readonly number[]
}

export const gaussianMixture = defineEnergy({
  name: 'gaussian_mixture',
  summary: 'A mixture of round Gaussians.',
  config: Config,
  example: 'energy: { gaussian_mixture: { components: [{ mean: [-5, -5], weight: 0.2 }, { mean: [5, 5], weight: 0.8 }] } }',
  reference: 'Bishop 2006, Pattern Recognition and Machine Learning, section 2.3.9',
  make: ({ components }) => {
    const total = components.reduce((sum, { weight }) => sum + weight, 0)
    const mixture: Mixture = {
      means: components.map((c) => c.mean),
      scales: components.map((c) => c.scale),
      weights: components.map((c) => c.weight / total),
    }
    return mixtureOf(mixture)
  },
})

/** The energy of a mixture, with independent draws at temperature 1. */
export const mixtureOf = (mixture: Mixture): Energy => ({
  dim: mixture.means[0]?.length ?? 0,
  energy: (x) => mixtureEnergy(mixture, x),
  draw: (key, shape, temperature) => (temperature === 1 ? drawMixture(mixture, key, shape) : undefined),
  logZ: (temperature) => (temperature === 1 ? 0 : undefined),
})

/** −log p(x) [chains] of a mixture, x [dim, chains]. */
export function mixtureEnergy({ means, scales, weights }: Mixture, x: Tensor2D): Tensor1D {
  const [dim, k] = [x.shape[0], means.length]
  const perComponent = (values: readonly number[]): Tensor2D => tf.tensor2d([...values], [k, 1])
  const centres = tf.tensor3d(Array.from({ length: dim }, (_, i) => means.map((mean) => [mean[i] as number])), [dim, k, 1])
  const squares = tf.sum(tf.square(tf.sub(tf.expandDims(x, 1), centres)), 0) // [k, chains]
  const logWeights = perComponent(weights.map((w, i) => Math.log(w) - dim * Math.log((scales[i] as number) * Math.sqrt(2 * Math.PI))))
  const logits = tf.sub(logWeights, tf.mul(squares, perComponent(scales.map((s) => 1 / (2 * s * s)))))
  return tf.neg(logSumExp(logits))
}

function drawMixture({ means, scales, weights }: Mixture, key: Key, shape: readonly [number, number]): Tensor2D {
  const [componentKey, normalKey] = split(key, 2) as [Key, Key]
  let below = 0
  const ends = weights.slice(0, -1).map((weight) => (below += weight))
  const component = tf.sum(tf.cast(tf.greater(uniform(componentKey, [1, shape[1]]), tf.tensor2d(ends, [ends.length, 1])), 'int32'), 0) as Tensor1D
  const of = <T extends Tensor>(values: T): T => tf.gather(values, component)
  const centres = tf.transpose(of(tf.tensor2d(means.map((mean) => [...mean])))) // [dim, chains]
  return tf.add(centres, tf.mul(of(tf.tensor1d([...scales])), normal(normalKey, shape)))
}
