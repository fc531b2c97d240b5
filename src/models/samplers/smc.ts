/**
 * Sequential Monte Carlo: particles along a path from a known distribution to the target, weighed, resampled, moved.
 *
 *   log w ← log w + (β' − β) (−U − log f_0)(x)
 *   where (Σ w)²/Σ w² < r n:  x by systematic resampling,  w ← mean w
 *   x by a kernel that leaves f_β' as it is,   log f_β = (1 − β) log f_0 − β U
 *
 * A step is a level, β_k = (k/K)^p; or β' as far as the conditional effective size of the particles, n (Σ W v)²/Σ W v²
 * with W = w/Σ w and v what weights grow by, stays `retain` n. E mean w = Z = ∫ exp(−U) dx (operator estimate_log_z). At β = 1
 * particles are resampled, so that all weigh alike. Adaptive levels take as many steps as they need, the rest moves particles
 * on; their estimate has a bias of the order 1/n. `ancestor` is the particle of the start that one descends from, of which the
 * standard error follows. All particles are one block. A weight that is not a number counts as 0. Info is of the last move.
 * Shapes: x [dim, particles]; the rest [particles].
 */
import { z } from 'zod'
import { entryAt, loop } from '../../engine/index.ts'
import { split, uniform, type Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, observePotential, type Sampler, type SamplerState } from './contract.ts'
import { moved, MOVES, overMoves, type Moves } from './moves.ts'
import { systematic } from './resampling.ts'
import { betasOf, PATH, pathTo, weighed } from './tempering-path.ts'

const Config = z.strictObject({
  levels: z.union([z.int().positive(), z.literal('adaptive')]).default(50).meta({ description: 'K: steps from the prior to the target; or adaptive, each as far as `retain` allows, of which the pipeline says the number of steps at most.' }),
  retain: z.number().gt(0).lt(1).default(0.9).meta({ description: 'Of adaptive levels: the part of particles that still count after each (conditional effective size).' }),
  moves: z.int().positive().default(1).meta({ description: 'Steps of the sampler at each level.' }),
  resample_below: z.number().min(0).max(1).default(0.5).meta({ description: 'r: particles are resampled where fewer than this part of them are effective.' }),
  ...PATH,
})

interface State extends SamplerState {
  readonly x: Tensor2D
  /** β, alike in all particles. */
  readonly beta: Tensor1D
  readonly log_weight: Tensor1D
  /** Numbers of the particles that these began as, int32. */
  readonly ancestor: Tensor1D
}

const NAME = 'smc'

export const smc = defineSampler({
  name: NAME,
  summary: 'Particles weighed, resampled and moved along a path of temperatures, whose mean weight is the partition function.',
  config: Config,
  example: 'sampler: { smc: { levels: 50, prior: { scale: 2 }, sampler: { random_walk: { scale: 0.5 } } } }',
  reference: 'Del Moral, Doucet & Jasra 2006, https://doi.org/10.1111/j.1467-9868.2006.00553.x; Zhou, Johansen & Aston 2016 (adaptive levels), https://arxiv.org/abs/1303.3123',
  parts: [MOVES],
  make({ levels, retain, moves, resample_below, power, prior }, parts: Moves): Sampler<State> {
    const inner = overMoves(NAME, parts)
    const betas = levels === 'adaptive' ? [] : betasOf(levels, power)
    return {
      ...inner,
      info: { ...inner.info, beta: 'float32', log_weight: 'float32', ancestor: 'int32', is_resampled: 'bool' },
      evaluations: 1 + moves * (parts.sampler.evaluations ?? 1),
      interacts: true,
      ...(levels === 'adaptive' ? {} : { numSteps: () => levels }),
      start: { is_fixed: true, draw: (key, shape, target) => pathTo(target, prior, NAME).draw(key, shape) },
      init: (x) => ({ x, beta: tf.zeros([x.shape[1]]), log_weight: tf.zeros([x.shape[1]]), ancestor: tf.range(0, x.shape[1], 1, 'int32') }),
      step(key: Key, before: State, target) {
        const [pointKey, moveKey] = split(key, 2) as [Key, Key]
        const path = pathTo(target, prior, NAME)
        const slope = path.slope(before.x)
        const from = first(before.beta)
        const to = levels === 'adaptive' ? nextBeta(from, before.log_weight, slope, retain) : entryAt(betas, tf.add(key.step, tf.scalar(1, 'int32')))
        const log_weight = tf.add<Tensor1D>(before.log_weight, weighed(tf.mul<Tensor1D>(tf.sub(to, from), slope), -Infinity))
        const isWanted = tf.logicalOr(tf.less(effectivePart(log_weight), resample_below), tf.greaterEqual(to, 1))
        const resampled = resample(pointKey, { ...before, log_weight }, isWanted)
        const [x, info] = moved(parts, moveKey, resampled.x, path.at(to), { steps: moves })
        const now = { x, log_weight: resampled.log_weight, ancestor: resampled.ancestor, beta: tf.mul<Tensor1D>(to, tf.onesLike(log_weight)) }
        return [now, { ...info, beta: now.beta, log_weight: now.log_weight, ancestor: now.ancestor, is_resampled: tf.logicalAnd<Tensor1D>(isWanted, tf.ones(log_weight.shape, 'bool')) }]
      },
      observe: observePotential,
    }
  },
})

type Resampled = { readonly x: Tensor2D; readonly log_weight: Tensor1D; readonly ancestor: Tensor1D }

/** The particles, or if told so as many that weigh alike. */
function resample(key: Key, { x, log_weight, ancestor }: Resampled, isWanted: Tensor): Resampled {
  const n = log_weight.shape[0]
  const weights = tf.exp<Tensor1D>(tf.sub(log_weight, tf.max(log_weight)))
  const of = tf.where(isWanted, systematic(first(uniform(key, [n]) as Tensor1D), weights), tf.range(0, n, 1, 'int32')) as Tensor1D
  const mean = tf.sub<Scalar>(tf.logSumExp(log_weight), Math.log(n))
  return {
    x: tf.gather<Tensor>(x, of, 1) as Tensor2D,
    log_weight: tf.where(isWanted, tf.mul(mean, tf.onesLike(log_weight)), log_weight) as Tensor1D,
    ancestor: tf.gather<Tensor>(ancestor, of) as Tensor1D,
  }
}

const first = (values: Tensor1D): Scalar => tf.reshape(tf.slice(values, [0], [1]), []) as Scalar

/** (Σ w)²/(n Σ w²), []. */
const effectivePart = (log_weight: Tensor1D): Scalar =>
  tf.exp(tf.sub(tf.sub(tf.mul(2, tf.logSumExp(log_weight)), tf.logSumExp(tf.mul(2, log_weight))), Math.log(log_weight.shape[0])))

/** Halvings of the interval that the next β lies in. */
const HALVINGS = 24

/** The next β: where (Σ W v)²/Σ W v² is `retain`, v = exp((β' − β) slope), W the weights over their sum; 1 if that lies beyond. */
function nextBeta(beta: Scalar, log_weight: Tensor1D, slope: Tensor1D, retain: number): Scalar {
  const total = tf.logSumExp(log_weight)
  const logEfficiency = (by: Scalar): Scalar => {
    const sum = (times: number): Scalar => tf.logSumExp(tf.add(log_weight, weighed(tf.mul<Tensor1D>(tf.mul(times, by), slope), -Infinity)))
    return tf.sub(tf.sub(tf.mul(2, sum(1)), sum(2)), total)
  }
  const rest = tf.sub<Scalar>(1, beta)
  const isFarEnough = (by: Scalar): Tensor => tf.less(logEfficiency(by), Math.log(retain))
  const { high } = loop({ to: HALVINGS, state: { low: tf.zerosLike(rest), high: rest } }, ({ low, high }) => {
    const middle = tf.div<Scalar>(tf.add(low, high), 2)
    const isBeyond = isFarEnough(middle)
    return { low: tf.where(isBeyond, low, middle) as Scalar, high: tf.where(isBeyond, middle, high) as Scalar }
  })
  return tf.where(isFarEnough(rest), tf.add(beta, high), 1) as Scalar
}
