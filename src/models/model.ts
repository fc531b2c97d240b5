/**
 * A model: a net, what its output means, its preconditioning and its noise.
 *
 *   score    s(x, σ), made of a net with as many outputs as coordinates
 *   energy   E(x, σ), made of a net with one, or of the inner product of a net's input and output; its score is −∇E
 *
 * With noise, x is noised data and σ its level; a model without noise is of the data themselves.
 * Rows: x, score [rows, dim]; sigma, energy [rows]. As a target for samplers it is columnar, as all are.
 */
import { valueAndGrad } from '../engine/gradients.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../engine/tf.ts'
import type { Declared } from '../unit.ts'
import type { Net } from './nets/contract.ts'
import type { Noise } from './noise/contract.ts'
import type { Preconditioning } from './preconditioning/contract.ts'
import { densityOfPotential, type Target } from './target.ts'
import type { Variable } from './variables.ts'

export type Output = 'score' | 'energy'

export interface ModelSpec {
  readonly dim: number
  readonly variables: readonly Variable[]
  /** A score unless given. */
  readonly output?: Output
  readonly net: Declared<Net>
  /** Absent for a model of the data themselves. */
  readonly noise?: Declared<Noise>
  readonly preconditioning: Declared<Preconditioning>
}

/** With the parameters bound; σ is left out of a model without noise. */
export interface ModelFunctions {
  score(x: Tensor2D, sigma?: Tensor1D): Tensor2D
  /** Present where the model is an energy. */
  energy?(x: Tensor2D, sigma?: Tensor1D): Tensor1D
}

/** Outputs of the net: one for each coordinate, or one. */
export const outputsOf = ({ output = 'score', net, dim }: Pick<ModelSpec, 'output' | 'net' | 'dim'>): number =>
  output === 'score' || net.is_square === true ? dim : 1

export function modelFunctions({ net, output = 'score', preconditioning }: ModelSpec, parameters: unknown): ModelFunctions {
  const parts = (x: Tensor2D, sigma: Tensor1D = tf.ones([x.shape[0]])): Parts => {
    const { input, skip, output: scale, noise } = preconditioning.scales(sigma)
    const centred = tf.sub<Tensor2D>(x, preconditioning.mean)
    const seen = tf.mul<Tensor2D>(centred, tf.expandDims(input, 1))
    return { centred, seen, input, scale, made: net.apply(parameters, seen, { noise }), ...(skip === undefined ? {} : { skip }) }
  }
  if (output === 'score') {
    return {
      score(x, sigma) {
        const { centred, skip, scale, made } = parts(x, sigma)
        const scaled = tf.mul<Tensor2D>(made, tf.expandDims(scale, 1))
        return skip === undefined ? scaled : tf.sub(scaled, tf.mul(centred, tf.expandDims(skip, 1)))
      },
    }
  }
  const energy = (x: Tensor2D, sigma?: Tensor1D): Tensor1D => {
    const { centred, skip, seen, input, scale, made } = parts(x, sigma)
    const f = net.is_square === true ? tf.sum<Tensor1D>(tf.mul(seen, made), 1) : tf.squeeze<Tensor1D>(made, [1])
    const scaled = tf.mul<Tensor1D>(tf.div(scale, input), f)
    return skip === undefined ? tf.neg(scaled) : tf.sub(tf.mul(skip, tf.div(tf.sum(tf.square(centred), 1), 2)), scaled)
  }
  return { energy, score: (x, sigma) => tf.neg(valueAndGrad((at: Tensor2D) => energy(at, sigma), x).grad) }
}

/** Of what a score or an energy is made. */
interface Parts {
  readonly centred: Tensor2D
  readonly skip?: Tensor1D
  readonly seen: Tensor2D
  readonly input: Tensor1D
  readonly scale: Tensor1D
  /** The net's output. */
  readonly made: Tensor2D
}

/** The model as a sampler sees it, an energy at a temperature; at its smallest noise unless a level is given. */
export function modelTarget(spec: ModelSpec, parameters: unknown, temperature = 1): Target {
  const { dim, variables, noise } = spec
  const { score, energy } = modelFunctions(spec, parameters)
  const levels = noise?.levels
  const perRow = (x: Tensor2D, sigma: Scalar | undefined): Tensor1D | undefined => {
    const level = sigma ?? (levels === undefined ? undefined : tf.scalar(levels.at(-1) as number))
    return level && tf.mul<Tensor1D>(level, tf.ones([x.shape[1]]))
  }
  return {
    dim,
    variables,
    temperature,
    ...(levels === undefined ? {} : { levels }),
    score: (x, sigma) => tf.div(tf.transpose(score(tf.transpose(x), perRow(x, sigma))), temperature),
    ...(energy === undefined ? {} : { density: densityOfPotential((x) => tf.div(energy(tf.transpose(x), perRow(x, undefined)), temperature)) }),
  }
}
