/**
 * Hamiltonian Monte Carlo.
 *
 *   p ~ N(0, M),   L leapfrog steps of size ε:  p ← p + ε/2 s(x),  x ← x + ε M⁻¹ p,  p ← p + ε/2 s(x)
 *   accepted with probability min(1, exp(H − H')),   H = U + pᵀ M⁻¹ p / 2
 *
 * Leaves exp(−U) invariant for every ε; about .65 of the proposals are accepted at the best ε.
 * A step whose energy error exceeds 1000 is divergent. M is diagonal, the identity unless adapted.
 * Shapes: x, p, score [dim, chains]; M⁻¹ [dim, 1]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once, split, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, densityOf } from './contract.ts'
import { DIVERGENT, leapfrogs, totalEnergy } from './leapfrog.ts'
import { metropolis, METROPOLIS_INFO } from './metropolis.ts'
import { scoredPositionAt, type ScoredPosition } from './position.ts'

const Config = z.strictObject({
  step_size: z.number().positive().default(0.1).meta({ description: 'ε of the leapfrog steps; where adaptation begins, if there is one.' }),
  steps: z.int().positive().default(10).meta({ description: 'L: leapfrog steps of a trajectory.' }),
})

export const hmc = defineSampler({
  name: 'hmc',
  summary: 'Hamiltonian trajectories of a fixed number of leapfrog steps.',
  config: Config,
  example: 'sampler: { hmc: { step_size: 0.1, steps: 10 } }',
  reference: 'Neal 2011, https://arxiv.org/abs/1206.1901',
  make: ({ step_size, steps }) => ({
    needs: 'density',
    info: { ...METROPOLIS_INFO, energy_error: 'float32', total_energy: 'float32', is_divergent: 'bool' },
    evaluations: steps,
    is_exact: true,
    tunes: ['step_size', 'inverse_mass'],
    tuning: ({ dim }) => ({ step_size: tf.scalar(step_size), inverse_mass: tf.ones([dim, 1]) }),
    init: scoredPositionAt,
    step(key, state: ScoredPosition, target, tuning) {
      const [momentumKey, acceptKey] = split(key, 2) as [Key, Key]
      const inverseMass = tuning.inverse_mass as Tensor2D
      const momentum = tf.mul<Tensor2D>(once(momentumKey, normal(momentumKey, state.x.shape)), tf.rsqrt(inverseMass))
      const begin = { ...state, momentum }
      const { momentum: ended, ...proposal } = leapfrogs(begin, densityOf(target), tuning.step_size, inverseMass, steps)
      const energy = totalEnergy(begin, inverseMass)
      const error = tf.sub<Tensor1D>(totalEnergy({ ...proposal, momentum: ended }, inverseMass), energy)
      const [next, info] = metropolis(acceptKey, tf.neg(error), proposal, state)
      return [next, { ...info, energy_error: error, total_energy: energy, is_divergent: tf.logicalNot(tf.less(error, DIVERGENT)) }]
    },
    observe: ({ potential, score }: ScoredPosition) => ({ potential, score }),
  }),
})
