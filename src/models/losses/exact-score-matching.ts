/**
 * Exact score matching.
 *
 *   L = E[ w(σ) ( tr ∇s(x) + ½ |s(x)|² ) ]
 *
 * It is ½ E|s − ∇ log p|² up to a constant, if p s vanishes at infinity and at the edges of the
 * support; its minimum on data N(0, v I), w = 1, is −d/(2v). The trace takes a backward pass for
 * each coordinate: for up to 32 of them. Of a model with noise, p is the noised data's.
 * Shapes: x, s [rows, dim]. Errors: config_invalid for more coordinates.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { valueAndGrad } from '../../engine/gradients.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineLoss } from './contract.ts'
import { ScoreWeight, weightedMean } from './score-weight.ts'

const Config = z.strictObject({ weight: ScoreWeight })

const MAX_DIM = 32

export const exactScoreMatching = defineLoss({
  name: 'exact_score_matching',
  summary: 'Fits a score without knowing the true one, by the exact trace of its derivative.',
  config: Config,
  example: 'loss: { model: points, exact_score_matching: {} }',
  reference: 'Hyvarinen 2005, https://jmlr.org/papers/v6/hyvarinen05a.html',
  make: ({ weight }) => ({
    reads: ['x'],
    needs: 'score',
    info: [],
    loss({ score }, { x, sigma }) {
      const [, dim] = x.shape
      if (dim > MAX_DIM) throw fail('config_invalid', { unit: 'exact_score_matching', problem: `${dim} coordinates: above ${MAX_DIM} take sliced_score_matching` })
      const s = score(x, sigma)
      const diagonal = Array.from({ length: dim }, (_, i) => {
        const { grad } = valueAndGrad((at: Tensor2D) => tf.slice(score(at, sigma), [0, i], [-1, 1]), x)
        return tf.slice(grad, [0, i], [-1, 1])
      })
      const trace = tf.sum<Tensor1D>(tf.concat(diagonal, 1), 1)
      return { value: weightedMean(weight, tf.add(trace, tf.div(tf.sum(tf.square(s), 1), 2)), sigma), info: {} }
    },
  }),
})
