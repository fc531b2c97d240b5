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
import type { Target } from '../target.ts'
import { defineSampler, densityOf, type SamplerState } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'

const Config = z.strictObject({
  step_size: z.number().positive().default(0.1).meta({ description: 'η of the proposal, in units of x²; where adaptation begins, if there is one.' }),
})

interface State extends SamplerState {
  readonly x: Tensor2D
  readonly potential: Tensor1D
  readonly score: Tensor2D
}

export const mala = defineSampler({
  name: 'mala',
  summary: 'Langevin proposals, corrected by a Metropolis test.',
  config: Config,
  example: 'sampler: { mala: { step_size: 0.1 } }',
  reference: 'Roberts & Tweedie 1996, https://doi.org/10.2307/3318418',
  make: ({ step_size }) => ({
    needs: 'density',
    info: METROPOLIS_INFO,
    init: stateAt,
    is_exact: true,
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(step_size) }),
    step(key, state: State, target, { step_size: eta }) {
      const [noiseKey, acceptKey] = split(key, 2) as [Key, Key]
      const noise = once(noiseKey, normal(noiseKey, state.x.shape))
      const drifted = tf.add(state.x, tf.mul(eta, state.score))
      const proposal = stateAt(tf.add(drifted, tf.mul(tf.sqrt(tf.mul(2, eta)), noise)), target)
      const back = tf.sub(tf.sub(state.x, proposal.x), tf.mul(eta, proposal.score))
      const correction = tf.div(tf.sub(tf.mul(tf.mul(2, eta), squaredNorm(noise)), squaredNorm(back)), tf.mul(4, eta))
      return metropolis(acceptKey, tf.add(tf.sub(state.potential, proposal.potential), correction), proposal, state)
    },
    observe: ({ potential, score }: State) => ({ potential, score }),
  }),
})

const stateAt = (x: Tensor2D, target: Target): State => ({ x, ...densityOf(target).potentialAndScore(x) })

const squaredNorm = (x: { readonly shape: number[] }): Tensor1D => tf.sum(tf.square(x as Tensor2D), 0)
