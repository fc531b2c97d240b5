/**
 * Annealed importance sampling: independent chains from a known distribution to the target, with weights.
 *
 *   x_0 ~ f_0;   for k = 1..K:  log w ← log w + (β_k − β_(k−1)) (−U − log f_0)(x_(k−1)),   x_k from a kernel that leaves f_(β_k) as it is
 *   log f_β = (1 − β) log f_0 − β U,   β_k = (k/K)^p
 *
 * A step is a level. E w = Z = ∫ exp(−U) dx, whatever K: log Z is the log of the mean of exp(log_weight) over chains
 * (operator estimate_log_z). In reverse it begins at draws of the target and goes back: E exp(−reverse_log_weight) = 1/Z.
 * In expectation log_weight ≤ log Z ≤ reverse_log_weight. A weight that is not a number counts as 0. Info is of the last move.
 * Shapes: x [dim, chains]; the rest [chains].
 * Errors: start_unknown in reverse, for an energy without independent draws, unless a start is named.
 */
import { z } from 'zod'
import { entryAt } from '../../engine/index.ts'
import type { Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { exactDraws } from '../starts/contract.ts'
import { defineSampler, observePotential, type Sampler, type SamplerState } from './contract.ts'
import { moved, MOVES, overMoves, type Moves } from './moves.ts'
import { betasOf, PATH, pathTo, weighed } from './tempering-path.ts'

const Config = z.strictObject({
  levels: z.int().positive().default(100).meta({ description: 'K: steps from one end of the path to the other.' }),
  moves: z.int().positive().default(1).meta({ description: 'Steps of the sampler at each level.' }),
  direction: z.enum(['forward', 'reverse']).default('forward').meta({ description: 'From the prior to the target, or back from independent draws of the target: exact ones, or rows of a start that is named.' }),
  ...PATH,
})

interface State extends SamplerState {
  readonly x: Tensor2D
  readonly log_weight: Tensor1D
}

const NAME = 'annealed_importance_sampling'

export const annealedImportanceSampling = defineSampler({
  name: NAME,
  summary: 'Independent chains along a path of temperatures, with weights whose mean is the partition function.',
  config: Config,
  example: 'sampler: { annealed_importance_sampling: { levels: 200, prior: { scale: 2 }, sampler: { random_walk: { scale: 0.5 } } } }',
  reference: 'Neal 2001, https://doi.org/10.1023/A:1008923215028; Grosse et al. 2015 (the reverse), https://arxiv.org/abs/1511.02543',
  parts: [MOVES],
  make({ levels, moves, power, prior, direction }, parts: Moves): Sampler<State> {
    const inner = overMoves(NAME, parts)
    const isForward = direction === 'forward'
    const betas = isForward ? betasOf(levels, power) : betasOf(levels, power).reverse()
    const weight = isForward ? 'log_weight' : 'reverse_log_weight'
    return {
      ...inner,
      info: { ...inner.info, beta: 'float32', [weight]: 'float32' },
      evaluations: 1 + moves * (parts.sampler.evaluations ?? 1),
      numSteps: () => levels,
      start: {
        is_fixed: isForward,
        ...(isForward ? {} : { needs: 'draws' as const }),
        draw: (key, shape, target) => (isForward ? pathTo(target, prior, NAME).draw(key, shape) : exactDraws(key, shape, target)),
      },
      init: (x) => ({ x, log_weight: tf.zeros([x.shape[1]]) }),
      step(key: Key, { x: before, log_weight: so_far }: State, target) {
        const path = pathTo(target, prior, NAME)
        const [from, to] = [entryAt(betas, key.step), entryAt(betas, tf.add(key.step, tf.scalar(1, 'int32')))]
        const log_weight = tf.add<Tensor1D>(so_far, weighed(tf.mul(tf.abs(tf.sub(to, from)), path.slope(before)), isForward ? -Infinity : Infinity))
        const [x, info] = moved(parts, key, before, path.at(to), { steps: moves })
        return [{ x, log_weight }, { ...info, beta: tf.mul<Tensor1D>(to, tf.onesLike(log_weight)), [weight]: log_weight }]
      },
      observe: observePotential,
    }
  },
})
