/**
 * Autoregressive models of sequences: the state of each coordinate has a law that the coordinates before it decide.
 *
 *   E(x) = −Σ_l log softmax(logits_l(x_<l))[x_l],   x_l = 0..n_l − 1
 *
 * Z = 1 at τ = 1, and states drawn in turn are of exp(−E). With logits divided by a temperature T, as is done to each token
 * of a text, they are of
 *
 *   exp(−E/T − Σ_l [LSE(logits_l/T) − LSE(logits_l)/T])
 *
 * which is Boltzmann's law at T only where that sum is the same for all sequences, as it is where coordinates are independent.
 * Boltzmann's law itself is that of a Markov chain on E at T. What is no state costs OUTSIDE, and is never drawn; that of a NaN is NaN.
 * Shapes: x [rows, dim], one-hot and logits [rows, Σ n_l]; draws are columnar, [dim, chains].
 * Source: Bengio & Bengio 2000, https://doi.org/10.1109/72.846725
 */
import { loop } from '../engine/index.ts'
import { uniform, type Key } from '../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '../engine/tf.ts'

export interface Conditionals {
  /** n_l. */
  readonly states: readonly number[]
  /** Of sequences one-hot. */
  logits(x: Tensor2D): Tensor2D
}

/** Finite: conditionals of a coordinate have differences, whatever the others are. */
const OUTSIDE = 1e9

/** E of sequences. */
export function sequenceEnergy({ states, logits }: Conditionals, x: Tensor2D): Tensor1D {
  const runs = runsOf(states)
  const hot = oneHot(runs, x)
  const made = logits(joined(hot))
  const parts = runs.map((run, r) => {
    const chosen = hot[r] as Tensor3D
    const logP = tf.sum<Tensor2D>(tf.mul(chosen, tf.logSoftmax(partOf(made, run), 2)), 2)
    const isOutside = tf.sub(1, tf.sum<Tensor2D>(chosen, 2))
    return tf.sum<Tensor1D>(tf.sub(tf.mul(OUTSIDE, isOutside), logP), 1)
  })
  return tf.where(tf.any(tf.isNaN(x), 1), NaN, tf.addN(parts)) as Tensor1D
}

/**
 * Sequences, drawn in turn. A round draws all coordinates given those of the round before, with the same uniform numbers: after l rounds the
 * first l are what they will be.
 */
export function drawInTurn({ states, logits }: Conditionals, key: Key, [dim, chains]: readonly [number, number], token_temperature: number): Tensor2D {
  const runs = runsOf(states)
  const u = tf.transpose(uniform(key, [dim, chains]) as Tensor2D)
  const x = loop({ to: dim, state: tf.zeros([chains, dim]) as Tensor2D }, (now) => {
    const made = logits(joined(oneHot(runs, now)))
    return tf.concat2d(runs.map((run) => drawn(tf.slice(u, [0, run.from], [-1, run.length]), tf.div(partOf(made, run), token_temperature))), 1)
  })
  return tf.transpose(x)
}

/** The states at which the distribution functions pass u. */
function drawn(u: Tensor2D, logits: Tensor3D): Tensor2D {
  const [, , states] = logits.shape
  if (states === 1) return tf.zerosLike(u)
  const sums = tf.cumsum<Tensor3D>(tf.exp(tf.sub(logits, tf.max(logits, 2, true))), 2)
  const [ends, total] = tf.split<Tensor3D>(sums, [states - 1, 1], 2) as [Tensor3D, Tensor3D]
  return tf.sum(tf.cast(tf.greater(tf.mul(tf.expandDims(u, 2), total), ends), 'float32'), 2)
}

/** Neighbouring coordinates with as many states. */
interface Run {
  /** The first coordinate. */
  readonly from: number
  /** Number of coordinates. */
  readonly length: number
  /** Of each coordinate. */
  readonly states: number
  /** Where its states begin among those of all. */
  readonly at: number
}

function runsOf(states: readonly number[]): readonly Run[] {
  const runs: Run[] = []
  states.forEach((count, l) => {
    const last = runs.at(-1)
    if (last?.states === count) runs[runs.length - 1] = { ...last, length: last.length + 1 }
    else runs.push({ from: l, length: 1, states: count, at: last === undefined ? 0 : last.at + last.length * last.states })
  })
  return runs
}

/** By comparison, so that x may be anything: [rows, length, states] of each run. */
const oneHot = (runs: readonly Run[], x: Tensor2D): Tensor3D[] =>
  runs.map(({ from, length, states }) => tf.cast(tf.equal(tf.expandDims(tf.slice(x, [0, from], [-1, length]), 2), tf.range(0, states)), 'float32'))

/** [rows, Σ states]. */
const joined = (parts: readonly Tensor3D[]): Tensor2D => tf.concat2d(parts.map((part) => tf.reshape(part, [part.shape[0], -1])), 1)

/** [rows, length, states]. */
const partOf = (all: Tensor2D, { at, length, states }: Run): Tensor3D => tf.reshape(tf.slice(all, [0, at], [-1, length * states]), [-1, length, states])
