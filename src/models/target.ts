/**
 * What a sampler runs on: an energy at a temperature, or a score.
 *
 *   p(x) = exp(−E(x)/τ)/Z,   U = E/τ,   score s = ∇ log p = −∇U
 *
 * The one adapter between energies and samplers. A support is either mapped onto the whole line,
 * where chains move in u with U(u) = U(x(u)) − log |dx/du|, or U is infinite outside of it.
 * Shapes: x, u, score [dim, chains]; U [chains].
 * Errors: energy_invalid for a function that gives something else, or where dim, variables and support disagree; component_failed for one that throws.
 */
import { fail, HeatbathError } from '../errors.ts'
import { valueAndGrad } from '../engine/gradients.ts'
import type { Key } from '../engine/rng/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '../engine/tf.ts'
import type { Discrete, Energy } from './energies/contract.ts'
import { bijectionOnto, intervalsOf, isBounded, isEmpty, isInside, type Bijection } from './support.ts'
import { defaultVariables, sizeOfVariable, type Variable } from './variables.ts'

export interface Target {
  /** What errors call it. */
  readonly name?: string
  readonly dim: number
  readonly variables: readonly Variable[]
  readonly temperature: number
  /** s(x); at noise level `sigma` for a model over levels, its smallest unless given. */
  score(x: Tensor2D, sigma?: Scalar): Tensor2D
  /** Present where an energy is known: what Metropolis tests need. */
  readonly density?: Density
  /** σ_1 > ... > σ_L of a model over noise levels. */
  readonly levels?: readonly number[]
  /** From where chains move to what is emitted, where the two differ. */
  readonly bijection?: Bijection
  /** Whether U is infinite outside of a support. */
  readonly is_walled?: boolean
  /** Present where coordinates take a few values only; its conditionals are of U. */
  readonly discrete?: Discrete
  /** Independent draws, where chains move, if they can be had. */
  draw?(key: Key, shape: readonly [number, number]): Tensor2D | undefined
}

export interface Density {
  potential(x: Tensor2D): Tensor1D
  potentialAndScore(x: Tensor2D): { readonly potential: Tensor1D; readonly score: Tensor2D }
}

/** What becomes of a support: chains move on the whole line, or are turned back outside. */
export type SupportBy = 'transform' | 'reject'

export function energyTarget(energy: Energy, temperature = 1, support_by: SupportBy = 'transform'): Target {
  const { dim, discrete, support } = energy
  const problem = problemOf(energy)
  if (problem !== undefined) throw fail('energy_invalid', { energy: nameOf(energy), problem })
  const bijection = support === undefined || support_by === 'reject' ? undefined : bijectionOnto(support, dim)
  const ofEnergy = (x: Tensor2D): Tensor1D => (temperature === 1 ? energyOf(energy, x) : tf.div<Tensor1D>(energyOf(energy, x), temperature))
  const potential = (x: Tensor2D): Tensor1D => {
    if (bijection !== undefined) return tf.sub(ofEnergy(bijection.forward(x)), bijection.logSlope(x))
    return support === undefined ? ofEnergy(x) : (tf.where(isInside(support, x), ofEnergy(x), Infinity) as Tensor1D)
  }
  const density = densityOfPotential(potential)
  return {
    name: nameOf(energy),
    dim,
    variables: energy.variables ?? defaultVariables(dim),
    temperature,
    score: (x) => density.potentialAndScore(x).score,
    density,
    ...(bijection === undefined ? {} : { bijection }),
    ...(support_by === 'reject' && support !== undefined && intervalsOf(support, dim).some(isBounded) ? { is_walled: true } : {}),
    ...(discrete === undefined ? {} : { discrete: temperature === 1 ? discrete : scaled(discrete, 1 / temperature) }),
    ...(energy.draw === undefined ? {} : {
      draw(key, shape) {
        const x = energy.draw?.(key, shape, temperature)
        return x && (bijection?.inverse(x) ?? x)
      },
    }),
  }
}

/** A density by its potential, the score by automatic differentiation. */
export function densityOfPotential(potential: (x: Tensor2D) => Tensor1D): Density {
  return {
    potential,
    potentialAndScore(x) {
      const { value, grad } = valueAndGrad(potential, x)
      return { potential: value, score: tf.neg(grad) }
    },
  }
}

/**
 * A target of β E, with β per chain, [chains], or for all, []. Where a support is mapped, log |dx/du| stays as it is:
 * x has the density p^β.
 */
export function tempered(target: Target, beta: Tensor1D | Scalar): Target {
  const { density, discrete, draw: _, ...rest } = target
  const { bijection } = target
  const slope = bijection && densityOfPotential((u) => tf.neg(bijection.logSlope(u)))
  const between = <T extends Tensor1D | Tensor2D>(ofSlope: T | undefined, ofTarget: T): T =>
    (ofSlope === undefined ? tf.mul(ofTarget, beta) : tf.add<T>(tf.mul(tf.sub(1, beta), ofSlope), tf.mul(ofTarget, beta)))
  return {
    ...rest,
    ...(discrete === undefined ? {} : { discrete: scaled(discrete, beta) }),
    score: (x, sigma) => between(slope?.potentialAndScore(x).score, target.score(x, sigma)),
    ...(density === undefined ? {} : {
      density: {
        potential: (x) => between(slope?.potential(x), density.potential(x)),
        potentialAndScore(x) {
          const [kept, { potential, score }] = [slope?.potentialAndScore(x), density.potentialAndScore(x)]
          return { potential: between(kept?.potential, potential), score: between(kept?.score, score) }
        },
      },
    }),
  }
}

/** A target in y = x / scale, with a scale per chain, [chains]: the wider, the shorter a step of x becomes. Of continuous coordinates. */
export function shrunk(target: Target, scale: Tensor1D): Target {
  const { density, draw: _, bijection: __, ...rest } = target
  return {
    ...rest,
    score: (y, sigma) => tf.mul(target.score(tf.mul(y, scale), sigma), scale),
    ...(density === undefined ? {} : {
      density: {
        potential: (y) => density.potential(tf.mul(y, scale)),
        potentialAndScore(y) {
          const { potential, score } = density.potentialAndScore(tf.mul(y, scale))
          return { potential, score: tf.mul(score, scale) }
        },
      },
    }),
  }
}

/** With conditionals of β E; draws in turn are of E alone. */
export const scaled = ({ conditionals, ancestral: _, ...rest }: Discrete, beta: number | Tensor): Discrete =>
  ({ ...rest, ...(conditionals === undefined ? {} : { conditionals: (x: Tensor2D) => tf.mul<Tensor3D>(conditionals(x), beta) }) })

/** E(x), looked at: an energy may be anyone's. */
function energyOf(energy: Energy, x: Tensor2D): Tensor1D {
  const value = called(energy, x)
  const [, chains] = x.shape
  if (value instanceof tf.Tensor && value.shape.length === 1 && value.shape[0] === chains) return value as Tensor1D
  const given = value instanceof tf.Tensor ? `[${value.shape.join(', ')}]` : String(value)
  throw fail('energy_invalid', { energy: nameOf(energy), problem: `gave ${given} for x [${x.shape.join(', ')}], not one number for each chain` })
}

function called(energy: Energy, x: Tensor2D): unknown {
  try {
    return energy.energy(x)
  } catch (error) {
    if (error instanceof HeatbathError) throw error
    throw fail('component_failed', { component: `energy ${nameOf(energy)}`, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

/** What is said of its coordinates and does not hold together. */
function problemOf({ dim, variables = defaultVariables(dim), support }: Energy): string | undefined {
  if (!Number.isSafeInteger(dim) || dim < 1) return `has dim ${String(dim)}, not a number of coordinates`
  const named = variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)
  if (named !== dim) return `has dim ${dim}, and variables of ${named}`
  const twice = variables.find(({ name }, i) => variables.findIndex((other) => other.name === name) < i)
  if (twice !== undefined) return `has two variables ${twice.name}`
  if (support === undefined) return undefined
  const intervals = intervalsOf(support, dim)
  if (intervals.length !== dim) return `has dim ${dim}, and a support of ${intervals.length}`
  const empty = intervals.findIndex(isEmpty)
  const { lower = -Infinity, upper = Infinity } = intervals[empty] ?? {}
  return empty === -1 ? undefined : `has no room for coordinate ${empty} (counted from 0), from ${lower} to ${upper}`
}

const nameOf = (energy: Energy & { readonly is?: { readonly name: string } }): string => energy.is?.name ?? '(without a name)'
