/**
 * Negative log-likelihood, of models that are normalised whatever their parameters.
 *
 *   L = −⟨log p(x)⟩
 *
 * In nats for each row; its least value is the entropy of the data. Of an energy whose Z is 1 it is ⟨E(x)⟩: no negatives are needed.
 * Shapes: x [rows, dim].
 */
import { z } from 'zod'
import { tf, type Scalar } from '../../engine/tf.ts'
import { defineLoss } from './contract.ts'

export const negativeLogLikelihood = defineLoss({
  name: 'negative_log_likelihood',
  summary: 'Minus the log-probability of data, exactly: for models that are normalised.',
  config: z.strictObject({}),
  example: 'loss: { model: words, negative_log_likelihood: {} }',
  reference: 'Bengio & Bengio 2000, https://doi.org/10.1109/72.846725',
  make: () => ({
    reads: ['x'],
    needs: 'normalized',
    info: [],
    loss({ logLikelihood }, { x }) {
      if (logLikelihood === undefined) throw new TypeError('the likelihood is of a model that is normalised')
      return { value: tf.neg(tf.mean<Scalar>(logLikelihood(x))), info: {} }
    },
  }),
})
