/**
 * Sliced score matching.
 *
 *   L = E[ w(σ) ( vᵀ ∇(vᵀ s(x)) + ½ (vᵀ s(x))² ) ],   E v vᵀ = I
 *
 * Equal to exact score matching in expectation, at the cost of one more backward pass per projection
 * whatever the dimension. `variance_reduced` has ½ |s|² in place of ½ (vᵀ s)²: its expectation.
 * Shapes: x, s, v [rows, dim].
 */
import { z } from 'zod'
import { valueAndGrad } from '../../engine/gradients.ts'
import { normal, signs, split } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineLoss } from './contract.ts'
import { ScoreWeight, weightedMean } from './score-weight.ts'

const Config = z.strictObject({
  projections: z.int().positive().default(1).meta({ description: 'Directions v drawn for each row.' }),
  directions: z.enum(['rademacher', 'gaussian']).default('rademacher').meta({ description: 'Law of v: signs, of the smaller variance, or normal numbers.' }),
  variance_reduced: z.boolean().default(true).meta({ description: 'Whether the square of the score is taken whole instead of along v.' }),
  weight: ScoreWeight,
})

export const slicedScoreMatching = defineLoss({
  name: 'sliced_score_matching',
  summary: 'Score matching along random directions: for any number of coordinates.',
  config: Config,
  example: 'loss: { model: points, sliced_score_matching: { projections: 1 } }',
  reference: 'Song et al. 2019, https://arxiv.org/abs/1905.07088',
  make: (config) => ({
    reads: ['x'],
    needs: 'score',
    info: [],
    loss({ score }, { x, sigma }, key) {
      const { projections, directions, variance_reduced, weight } = config
      const perProjection = split(key, projections).map((own) => {
        const v = (directions === 'gaussian' ? normal : signs)(own, x.shape, 0) as Tensor2D
        const { value: along, grad } = valueAndGrad((at: Tensor2D) => tf.sum<Tensor1D>(tf.mul(v, score(at, sigma)), 1), x)
        const curvature = tf.sum<Tensor1D>(tf.mul(v, grad), 1)
        return variance_reduced ? curvature : tf.add<Tensor1D>(curvature, tf.div(tf.square(along), 2))
      })
      const mean = tf.div<Tensor1D>(tf.addN(perProjection), projections)
      const perRow = variance_reduced ? tf.add<Tensor1D>(mean, tf.div(tf.sum(tf.square(score(x, sigma)), 1), 2)) : mean
      return { value: weightedMean(weight, perRow, sigma), info: {} }
    },
  }),
})
