/**
 * Random-walk Metropolis.
 *
 *   x' = x + s ξ,   ξ ~ N(0, I),   log α = U(x) − U(x')
 *
 * Needs no gradient. On d independent coordinates of unit size the best s is about 2.38/√d, at which
 * .234 of the proposals are accepted (.44 in one dimension).
 * Shapes: x [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler, densityOf, type SamplerState } from './contract.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'

const Config = z.strictObject({
  scale: z.number().positive().default(0.5).meta({ description: 's: standard deviation of the proposal in each coordinate; where adaptation begins, if there is one.' }),
})

interface State extends SamplerState {
  readonly x: Tensor2D
  readonly potential: Tensor1D
}

export const randomWalk = defineSampler({
  name: 'random_walk',
  summary: 'Gaussian steps, kept or discarded by a Metropolis test.',
  config: Config,
  example: 'sampler: { random_walk: { scale: 0.5 } }',
  reference: 'Metropolis et al. 1953, https://doi.org/10.1063/1.1699114',
  make: ({ scale }) => ({
    needs: 'density',
    info: METROPOLIS_INFO,
    init: stateAt,
    is_exact: true,
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(scale) }),
    step(key, state: State, target, { step_size: s }) {
      const [noiseKey, acceptKey] = split(key, 2) as [Key, Key]
      const proposal = stateAt(tf.add(state.x, tf.mul(s, normal(noiseKey, state.x.shape))), target)
      return metropolis(acceptKey, tf.sub(state.potential, proposal.potential), proposal, state)
    },
    observe: ({ potential }: State) => ({ potential }),
  }),
})

const stateAt = (x: Tensor2D, target: Target): State => ({ x, potential: densityOf(target).potential(x) })
