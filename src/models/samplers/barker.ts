/**
 * The Barker proposal: in each coordinate a step of random length, which goes uphill or downhill by a coin that the score loads.
 *
 *   x' = x + b z,   z ~ N(0, c² I),   b_i = 1 with probability 1/(1 + exp(−z_i s_i(x))), else −1
 *   log α = U(x) − U(x') + Σ_i log(1 + exp(−δ_i s_i(x))) − log(1 + exp(δ_i s_i(x'))),   δ = x' − x
 *
 * Unlike mala's, a step is no longer where the score is steeper: a scale that is too large, or coordinates of unlike sizes, cost
 * it less. About .57 of the proposals are accepted at the best c. Leaves exp(−U) invariant for every c > 0.
 * Shapes: x, score [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once, split, uniform, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'

const Config = z.strictObject({
  scale: z.number().positive().default(0.5).meta({ description: 'c: standard deviation of the length of a step in each coordinate; where adaptation begins, if there is one.' }),
})

export const barker = defineSampler({
  name: 'barker',
  summary: 'Steps whose direction the score makes likely but not sure, corrected by a Metropolis test: forgiving of its scale.',
  config: Config,
  example: 'sampler: { barker: { scale: 0.5 } }',
  reference: 'Livingstone & Zanella 2022, https://doi.org/10.1111/rssb.12482',
  make: ({ scale }) => ({
    needs: 'density',
    info: METROPOLIS_INFO,
    init: scoredPositionAt,
    is_exact: true,
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(scale) }),
    step(key, state: ScoredPosition, target, { step_size }) {
      const [lengthKey, sideKey, acceptKey] = split(key, 3) as [Key, Key, Key]
      const length = tf.mul<Tensor2D>(step_size, once(lengthKey, normal(lengthKey, state.x.shape)))
      const isForward = tf.less(once(sideKey, uniform(sideKey, state.x.shape)), tf.sigmoid(tf.mul(length, state.score)))
      const moved = tf.where(isForward, length, tf.neg(length)) as Tensor2D
      const proposal = scoredPositionAt(tf.add(state.x, moved), target)
      const ratio = tf.sum<Tensor1D>(tf.sub(tf.softplus(tf.neg(tf.mul(moved, state.score))), tf.softplus(tf.mul(moved, proposal.score))), 0)
      return metropolis(acceptKey, tf.add(tf.sub(state.potential, proposal.potential), ratio), proposal, state)
    },
    observe: ({ potential, score }: ScoredPosition) => ({ potential, score }),
  }),
})

