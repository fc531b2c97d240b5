/**
 * Metropolis-adjusted Langevin algorithm.
 *
 *   x' = x + η s(x) + √(2η) ξ,   ξ ~ N(0, I)
 *   log α = U(x) − U(x') + (2η |ξ|² − |x − x' − η s(x')|²)/(4η)
 *
 * Leaves exp(−U) invariant for every η > 0; about .574 of the proposals are accepted at the best η.
 * Shapes: x, score [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'

const Config = z.strictObject({
  step_size: z.number().positive().default(0.1).meta({ description: 'η of the proposal, in units of x²; where adaptation begins, if there is one.' }),
})

export const mala = defineSampler({
  name: 'mala',
  summary: 'Langevin proposals, corrected by a Metropolis test.',
  config: Config,
  example: 'sampler: { mala: { step_size: 0.1 } }',
  reference: 'Roberts & Tweedie 1996, https://doi.org/10.2307/3318418',
  make: ({ step_size }) => ({
    needs: 'density',
    info: METROPOLIS_INFO,
    init: scoredPositionAt,
    is_exact: true,
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(step_size) }),
    step(key, state: ScoredPosition, target, { step_size: eta }) {
      const [noiseKey, acceptKey] = split(key, 2) as [Key, Key]
      const noise = once(noiseKey, normal(noiseKey, state.x.shape))
      const drifted = tf.add(state.x, tf.mul(eta, state.score))
      const proposal = scoredPositionAt(tf.add(drifted, tf.mul(tf.sqrt(tf.mul(2, eta)), noise)), target)
      const back = tf.sub(tf.sub(state.x, proposal.x), tf.mul(eta, proposal.score))
      const correction = tf.div(tf.sub(tf.mul(tf.mul(2, eta), squaredNorm(noise)), squaredNorm(back)), tf.mul(4, eta))
      return metropolis(acceptKey, tf.add(tf.sub(state.potential, proposal.potential), correction), proposal, state)
    },
    observe: ({ potential, score }: ScoredPosition) => ({ potential, score }),
  }),
})


const squaredNorm = (x: { readonly shape: number[] }): Tensor1D => tf.sum(tf.square(x as Tensor2D), 0)
