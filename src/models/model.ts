/**
 * A model: a net, what its output means, its preconditioning and its noise.
 *
 *   score    s(x, σ), made of a net with as many outputs as coordinates
 *   energy   E(x, σ), made of a net with one, or of the inner product of a net's input and output; its score is −∇E;
 *            or −log p(x) of sequences of states, made of an autoregressive net (models/autoregressive.ts)
 *
 * With noise, x is noised data and σ its level; a model without noise is of the data themselves.
 * A model with classes knows the law of each class and of all together; guided by w it is that of
 * s(x) + w (s(x | class) − s(x)), Ho & Salimans 2022, https://arxiv.org/abs/2207.12598.
 * Rows: x, score [rows, dim]; sigma, energy [rows]. As a target for samplers it is columnar, as all are.
 */
import { inBfloat16, sameShape, valueAndGrad } from '../engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../engine/tf.ts'
import { fail } from '../errors.ts'
import type { Declared } from '../unit.ts'
import { drawInTurn, sequenceEnergy, type Conditionals } from './autoregressive.ts'
import { NO_CLASS, oneHot, type Classes, type Wanted } from './classes.ts'
import type { Discrete } from './energies/contract.ts'
import type { Condition, Net } from './nets/contract.ts'
import type { Noise } from './noise/contract.ts'
import type { Preconditioning } from './preconditioning/contract.ts'
import { densityOfPotential, scaled, type Target } from './target.ts'
import type { Variable } from './variables.ts'

export const OUTPUTS = ['score', 'energy'] as const
export const PRECISIONS = ['float32', 'bfloat16'] as const

export type Output = (typeof OUTPUTS)[number]
export type Precision = (typeof PRECISIONS)[number]

export interface ModelSpec {
  readonly dim: number
  readonly variables: readonly Variable[]
  /** A score unless given. */
  readonly output?: Output
  readonly net: Declared<Net>
  /** Absent for a model of the data themselves. */
  readonly noise?: Declared<Noise>
  readonly preconditioning: Declared<Preconditioning>
  readonly classes?: Classes
  /** Of the net's matrix products, as factors; sums and all else are float32, and so are these unless given. */
  readonly precision?: Precision
}

/** With the parameters bound; σ is left out of a model without noise. */
export interface ModelFunctions {
  score(x: Tensor2D, sigma?: Tensor1D): Tensor2D
  /** Present where the model is an energy. */
  energy?(x: Tensor2D, sigma?: Tensor1D): Tensor1D
  /** log p(x), present where the model is an energy that is normalised whatever its parameters. */
  logLikelihood?(x: Tensor2D): Tensor1D
}

/** Inputs of the net: one for each coordinate, or for each of its states. */
export const inputsOf = ({ net, dim }: Pick<ModelSpec, 'net' | 'dim'>): number => (net.states === undefined ? dim : sumOf(net.states))

/** Outputs of the net: one for each coordinate, one for each of its states, or one. */
export const outputsOf = ({ output = 'score', net, dim }: Pick<ModelSpec, 'output' | 'net' | 'dim'>): number =>
  net.states !== undefined ? sumOf(net.states) : output === 'score' || net.is_square === true ? dim : 1

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

/** `classes` are the numbers of the rows' classes, [rows]: none is known unless given. */
export function modelFunctions(spec: ModelSpec, parameters: unknown, classes?: Tensor1D): ModelFunctions {
  const { net, output = 'score', preconditioning, classes: known } = spec
  const conditionals = conditionalsOf(spec, parameters)
  if (conditionals !== undefined) {
    const energy = (x: Tensor2D): Tensor1D => sequenceEnergy(conditionals, x)
    return { energy, logLikelihood: (x) => tf.neg(energy(x)), score: (x) => tf.zerosLike(x) }
  }
  const told = (rows: number): Partial<Condition> =>
    (known === undefined ? {} : { classes: oneHot(classes ?? tf.fill([rows], NO_CLASS) as Tensor1D, known.values.length) })
  const parts = (x: Tensor2D, sigma: Tensor1D = tf.ones([x.shape[0]])): Parts => {
    const { input, skip, output: scale, noise } = preconditioning.scales(sigma)
    const centred = tf.sub<Tensor2D>(x, preconditioning.mean)
    const seen = tf.mul<Tensor2D>(centred, tf.expandDims(input, 1))
    return { centred, seen, input, scale, made: applied(spec, parameters, seen, { noise, ...told(x.shape[0]) }), ...(skip === undefined ? {} : { skip }) }
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

/** Of an autoregressive net. */
function conditionalsOf(spec: ModelSpec, parameters: unknown): Conditionals | undefined {
  const { states } = spec.net
  return states && { states, logits: (x) => applied(spec, parameters, x, { noise: tf.zeros([x.shape[0]]) }) }
}

/** What the net makes of rows, in the precision of its products. A net may be anyone's: of another shape, TensorFlow would spread it over what is there. */
function applied(spec: ModelSpec, parameters: unknown, x: Tensor2D, condition: Condition): Tensor2D {
  const { net, precision } = spec
  const whole = (): Tensor2D => net.apply(parameters, x, condition)
  const made = precision === 'bfloat16' ? inBfloat16(whole) : whole()
  const shape = [x.shape[0], outputsOf(spec)]
  if (sameShape(made.shape, shape)) return made
  throw fail('component_failed', { component: `net ${net.is.name}`, reason: `it gave [${made.shape.join(', ')}] for x [${x.shape.join(', ')}], not [${shape.join(', ')}]` })
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

/** Drawn towards classes, as many times over as there are more rows than classes; of all classes unless some are wanted. */
function guided(spec: ModelSpec, parameters: unknown, wanted: Wanted | undefined): ModelFunctions {
  const all = modelFunctions(spec, parameters)
  if (wanted === undefined) return all
  const { numbers, guidance } = wanted
  const own = (x: Tensor2D): ModelFunctions => modelFunctions(spec, parameters, tf.tile(numbers, [x.shape[0] / numbers.shape[0]]))
  const towards = <T extends Tensor>(of: (functions: ModelFunctions) => T, x: Tensor2D): T =>
    (guidance === 1 ? of(own(x)) : tf.add(tf.mul(1 - guidance, of(all)), tf.mul(guidance, of(own(x)))))
  return {
    score: (x, sigma) => towards(({ score }) => score(x, sigma), x),
    ...(all.energy === undefined ? {} : { energy: (x, sigma) => towards(({ energy }) => (energy as NonNullable<typeof energy>)(x, sigma), x) }),
  }
}

/** The model as a sampler sees it, an energy at a temperature; at its smallest noise unless a level is given. */
export function modelTarget(spec: ModelSpec, parameters: unknown, temperature = 1, wanted?: Wanted): Target {
  const { dim, variables, noise } = spec
  const { score, energy } = guided(spec, parameters, wanted)
  const conditionals = conditionalsOf(spec, parameters)
  const levels = noise?.levels
  const perRow = (x: Tensor2D, sigma: Scalar | undefined): Tensor1D | undefined => {
    const level = sigma ?? (levels === undefined ? undefined : tf.scalar(levels.at(-1) as number))
    return level && tf.mul<Tensor1D>(level, tf.ones([x.shape[1]]))
  }
  return {
    name: 'the model',
    dim,
    variables,
    temperature,
    ...(levels === undefined ? {} : { levels }),
    score: (x, sigma) => tf.div(tf.transpose(score(tf.transpose(x), perRow(x, sigma))), temperature),
    ...(energy === undefined ? {} : { density: densityOfPotential((x) => tf.div(energy(tf.transpose(x), perRow(x, undefined)), temperature)) }),
    ...(conditionals === undefined ? {} : ofSequences(conditionals, temperature)),
  }
}

/** What a target of sequences offers besides: draws, where the temperature is that of the conditionals. */
function ofSequences(conditionals: Conditionals, temperature: number): Pick<Target, 'discrete' | 'draw'> {
  const values = Array.from({ length: Math.max(...conditionals.states) }, (_, state) => state)
  const ancestral: Discrete['ancestral'] = (key, shape, token_temperature) => drawInTurn(conditionals, key, shape, token_temperature)
  const discrete = { values, ancestral }
  return temperature === 1 ? { discrete, draw: (key, shape) => ancestral(key, shape, 1) } : { discrete: scaled(discrete, 1 / temperature) }
}
