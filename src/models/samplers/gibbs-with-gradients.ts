/**
 * Gibbs with gradients: one coordinate changes its value, the one that the gradient calls for.
 *
 *   q(i, v | x) ∝ exp(½ (v − x_i) s_i(x)),   s = −∇U,   v ≠ x_i
 *   log α = U(x) − U(x') + log q(x | x') − log q(x' | x)
 *
 * (v − x_i) s_i is what U falls by, to first order; of Ising spins exactly. Right for any energy, good
 * for those that are smooth functions of the values: the gradient of one that compares them is 0, and
 * all changes are then proposed alike.
 * Shapes: x, score [dim, chains]; all changes [values × dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { split, uniform, type Key } from '../../engine/rng/index.ts'
import { tf, type Rank, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, discreteOf } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'

export const gibbsWithGradients = defineSampler({
  name: 'gibbs_with_gradients',
  summary: 'Changes one discrete coordinate at a time, proposed by the gradient, corrected by a Metropolis test.',
  config: z.strictObject({}),
  example: 'sampler: gibbs_with_gradients',
  reference: 'Grathwohl et al. 2021, https://arxiv.org/abs/2102.04509',
  make: () => ({
    needs: 'density',
    domain: 'discrete',
    info: METROPOLIS_INFO,
    is_exact: true,
    init: scoredPositionAt,
    step(key, state: ScoredPosition, target) {
      const [changeKey, acceptKey] = split(key, 2) as [Key, Key]
      const { values } = discreteOf(target)
      const forth = changesFrom(state, values)
      const proposal = scoredPositionAt(changed(state.x, values, chosen(changeKey, forth)), target)
      const back = changesFrom(proposal, values)
      const slopes = tf.sum<Tensor1D>(tf.mul(tf.sub(state.x, proposal.x), tf.add(state.score, proposal.score)), 0)
      const ratio = tf.add<Tensor1D>(tf.mul(0.5, slopes), tf.sub(forth.logTotal, back.logTotal))
      return metropolis(acceptKey, tf.add(tf.sub(state.potential, proposal.potential), ratio), proposal, state)
    },
    observe: ({ potential }: ScoredPosition) => ({ potential }),
  }),
})


/** The weights of all changes, summed up one after the other; and the log of their total. */
interface Changes {
  readonly sums: Tensor2D
  readonly logTotal: Tensor1D
}

function changesFrom({ x, score }: ScoredPosition, values: readonly number[]): Changes {
  const to = tf.tensor3d([...values], [values.length, 1, 1])
  const logits = tf.where(tf.notEqual(to, x), tf.mul(tf.mul(0.5, tf.sub(to, x)), score), -Infinity)
  const flat = tf.reshape<Rank.R2>(logits, [-1, x.shape[1]])
  const largest = tf.max<Tensor1D>(flat, 0)
  const sums = tf.cumsum<Tensor2D>(tf.exp(tf.sub(flat, largest)), 0)
  return { sums, logTotal: tf.add(largest, tf.log(totalOf(sums))) }
}

const totalOf = (sums: Tensor2D): Tensor1D => tf.reshape(tf.slice(sums, [sums.shape[0] - 1, 0], [1, -1]), [-1])

/** One change for each chain: a one in [values × dim, chains], at the first sum that reaches a part of the total. */
function chosen(key: Key, { sums }: Changes): Tensor2D {
  const total = totalOf(sums)
  const isReached = tf.cast<Tensor2D>(tf.greaterEqual(sums, tf.mul(uniform(key, total.shape), total)), 'float32')
  return tf.sub(isReached, tf.pad(tf.slice(isReached, [0, 0], [sums.shape[0] - 1, -1]), [[1, 0], [0, 0]]))
}

function changed(x: Tensor2D, values: readonly number[], change: Tensor2D): Tensor2D {
  const each = tf.reshape<Rank.R3>(change, [values.length, ...x.shape])
  const value = tf.sum<Tensor2D>(tf.mul(each, tf.tensor3d([...values], [values.length, 1, 1])), 0)
  return tf.where(tf.greater<Tensor>(tf.sum(each, 0), 0), value, x)
}
