/**
 * The path from a distribution that is known to the target, for samplers that weigh what they draw along it.
 *
 *   log f_β(x) = (1 − β) log f_0(x) − β U(x),   0 ≤ β ≤ 1
 *
 * f_0 is normalised: a Gaussian of the coordinates as chains move, or uniform over all states of discrete
 * ones. So ∫ f_0 = 1, and ∫ f_1 is the Z of exp(−U).
 * Shapes: x [dim, chains]; the slope [chains].
 * Errors: config_invalid for a Gaussian over discrete coordinates, or of another dimension.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { normal, type Key } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { drawStates } from '../discrete-states.ts'
import { tempered, type Target } from '../target.ts'
import { densityOf } from './contract.ts'
import { REFERENCE, referenceOf } from './reference.ts'

const Prior = z.strictObject(REFERENCE)

/** Its fields in a config. */
export const PATH = {
  power: z.number().positive().default(3).meta({ description: 'p of β_k = (k/K)^p: the larger, the more levels lie near the beginning of the path.' }),
  prior: Prior.optional().meta({ description: 'The Gaussian at the beginning of the path, wide enough to cover the target; of discrete coordinates there is none, all states are alike there.' }),
}

export type PriorConfig = z.output<typeof Prior> | undefined

export interface TemperingPath {
  /** Independent draws of f_0. */
  draw(key: Key, shape: readonly [number, number]): Tensor2D
  /** d log f_β / dβ = −U − log f_0. */
  slope(x: Tensor2D): Tensor1D
  /** The target −log f_β. */
  at(beta: Scalar): Target
}

/** β_0 = 0 < β_1 < ... < β_K = 1. */
export const betasOf = (levels: number, power: number): number[] => Array.from({ length: levels + 1 }, (_, k) => (k / levels) ** power)

export function pathTo(target: Target, prior: PriorConfig, sampler: string): TemperingPath {
  return target.discrete === undefined ? fromGaussian(target, prior ?? Prior.parse({}), sampler) : fromStates(target, target.discrete.values, prior, sampler)
}

function fromGaussian(target: Target, prior: z.output<typeof Prior>, sampler: string): TemperingPath {
  const { mean, scale, potential, log_z } = referenceOf(sampler, prior, target.dim)
  const density = densityOf(target)
  const { draw: _, ...rest } = target
  return {
    draw: (key, shape) => tf.add(mean, tf.mul(scale, normal(key, shape))),
    slope: (x) => tf.sub(tf.add(potential(x), log_z), density.potential(x)),
    at(beta) {
      const between = <T extends Tensor1D | Tensor2D>(first: T, last: T): T => tf.add(tf.mul(tf.sub(1, beta), first), tf.mul(beta, last))
      const potentialAndScore = (x: Tensor2D): { potential: Tensor1D; score: Tensor2D } => {
        const there = density.potentialAndScore(x)
        const score = tf.div<Tensor2D>(tf.sub(mean, x), tf.square(scale))
        return { potential: between(potential(x), there.potential), score: between(score, there.score) }
      }
      return {
        ...rest,
        score: (x) => potentialAndScore(x).score,
        density: { potential: (x) => between(potential(x), density.potential(x)), potentialAndScore },
      }
    },
  }
}

function fromStates(target: Target, values: readonly number[], prior: PriorConfig, sampler: string): TemperingPath {
  if (prior !== undefined) throw fail('config_invalid', { unit: sampler, problem: 'prior: of discrete coordinates the path begins at all states alike' })
  return {
    draw: (key, shape) => drawStates(key, shape, values),
    slope: (x) => tf.sub(target.dim * Math.log(values.length), densityOf(target).potential(x)),
    at: (beta) => tempered(target, beta),
  }
}

/** What the logarithm of a weight grows by; `none` where it is not a number. */
export const weighed = (increment: Tensor1D, none: number): Tensor1D => tf.where(tf.isNaN(increment), none, increment) as Tensor1D
