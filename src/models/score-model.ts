/**
 * A model of the score of noised data, s(x, σ): a net, its preconditioning and the noise levels.
 *
 * Rows: x, score [rows, dim]; sigma [rows]. As a target for samplers it is columnar, as all are.
 */
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../engine/tf.ts'
import type { Declared } from '../unit.ts'
import type { Net } from './nets/contract.ts'
import type { Noise } from './noise/contract.ts'
import type { Preconditioning } from './preconditioning/contract.ts'
import type { Target } from './target.ts'
import type { Variable } from './variables.ts'

/** s(x, σ) with its parameters bound. */
export type Score = (x: Tensor2D, sigma: Tensor1D) => Tensor2D

export interface ScoreModel {
  readonly dim: number
  readonly variables: readonly Variable[]
  readonly net: Declared<Net>
  readonly noise: Declared<Noise>
  readonly preconditioning: Declared<Preconditioning>
}

export const scoreOf = ({ net, preconditioning }: ScoreModel, parameters: unknown): Score =>
  (x, sigma) => preconditioning.score((input, c) => net.apply(parameters, input, c), x, sigma)

/** The model as a sampler sees it. */
export function scoreTarget(model: ScoreModel, parameters: unknown): Target {
  const { dim, variables, noise: { levels } } = model
  const score = scoreOf(model, parameters)
  const smallest = levels.at(-1) as number
  return {
    dim,
    variables,
    temperature: 1,
    levels,
    score(x: Tensor2D, sigma: Scalar = tf.scalar(smallest)) {
      const perRow = tf.mul<Tensor1D>(sigma, tf.ones([x.shape[1]]))
      return tf.transpose(score(tf.transpose(x), perRow))
    },
  }
}
