/**
 * Trajectories: many steps of a sampler, as functions to be recorded.
 *
 * A loop body holds two steps, t = 2p and t = 2p + 1, because a pair of normal numbers is spread
 * over them. Steps outside [from, to) are computed and discarded, so that an odd start needs no
 * other executable: the arithmetic of a step is the same whichever call it falls into.
 *
 * What is emitted of a state is computed where the next step starts, which needs it as well. A
 * buffer has one row more than may be used: what must not be kept is written there.
 */
import { loop, mapTree, tf, writeRow, type Key, type WordPair } from '../../engine/index.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { sizeOfVariable, type Variable } from '../variables.ts'
import type { Info, Sampler, SamplerState } from './contract.ts'

/** Where the chains of a block draw: their stream's key, and their numbers, int32 [chains]. */
export interface Draws {
  readonly words: WordPair
  readonly lanes: Tensor1D
}

/** A sampler's state together with the info of the step that made it. */
export interface Particles {
  readonly state: SamplerState
  readonly info: Info
}

/** Steps from `from` to `to`, itself excluded, int32 []. */
export interface Span {
  readonly from: Scalar
  readonly to: Scalar
}

/** What is emitted of one step: `scalars` [s, chains], lists [chains, size], the rest [chains]. */
export type Row = Readonly<Record<string, Tensor>>

/** The particles before the first step, from positions [dim, chains]. */
export function startParticles(sampler: Sampler, target: Target, x: Tensor2D): Particles {
  const state = sampler.init(x, target)
  const chains = x.shape[1]
  const info = Object.entries(sampler.info).map(([name, dtype]) => [name, tf.zeros([chains], dtype)])
  return { state, info: Object.fromEntries(info) as Info }
}

/** The particles after the steps of a span. */
export function advance(sampler: Sampler, target: Target, draws: Draws, particles: Particles, span: Span): Particles {
  return loop({ ...pairs(span), state: particles }, (now, pair) => {
    const even = transition(sampler, target, draws, now, span, pair, 0)
    return transition(sampler, target, draws, even, span, pair, 1)
  })
}

/** As `advance`, with every state of the span emitted: at most `rows` of them. */
export function emitEach(sampler: Sampler, target: Target, draws: Draws, particles: Particles, span: Span, rows: number): { particles: Particles; rows: Row } {
  const buffers = emptyBuffers(observe(sampler, target, particles, span.from), rows)
  const last = tf.add<Scalar>(span.to, int(1)) // the state after the last step is seen by the step after it
  const end = loop({ ...pairs({ from: span.from, to: last }), state: { particles, buffers } }, (now, pair) => {
    const half = (state: typeof now, parity: 0 | 1): typeof now => {
      const t = stepAt(pair, parity)
      const isEmitted = tf.logicalAnd(tf.greater(t, span.from), tf.lessEqual(t, span.to))
      const at = tf.where(isEmitted, tf.sub(tf.sub(t, span.from), int(1)), int(rows)) as Scalar
      return {
        buffers: write(state.buffers, observe(sampler, target, state.particles, t), at),
        particles: transition(sampler, target, draws, state.particles, span, pair, parity),
      }
    }
    return half(half(now, 0), 1)
  })
  return { particles: end.particles, rows: end.buffers }
}

/** Which steps are emitted: those `every` steps after `after`, itself excluded. */
export interface Cadence {
  readonly after: number
  readonly every: number
}

/** As `advance`, with the states that the cadence names emitted: at most `rows` of them. */
export function emitEvery(
  sampler: Sampler, target: Target, draws: Draws, particles: Particles, span: Span, rows: number, { after, every }: Cadence,
): { particles: Particles; rows: Row } {
  const buffers = emptyBuffers(observe(sampler, target, particles, span.from), rows)
  const initial = { particles, buffers, t: span.from, row: int(0) }
  const end = loop({ to: 2 ** 31 - 1, state: initial, until: ({ t }) => tf.greaterEqual(t, span.to) }, (now) => {
    const next = nextEmission(now.t, after, every)
    const to = tf.minimum<Scalar>(next, span.to)
    const moved = advance(sampler, target, draws, now.particles, { from: now.t, to })
    const isEmitted = tf.equal(to, next)
    const at = tf.where(isEmitted, now.row, int(rows)) as Scalar
    return {
      particles: moved,
      buffers: write(now.buffers, observe(sampler, target, moved, to), at),
      t: to,
      row: tf.add<Scalar>(now.row, tf.cast(isEmitted, 'int32')),
    }
  })
  return { particles: end.particles, rows: end.buffers }
}

/** The first step number above t that the cadence names. */
function nextEmission(t: Scalar, after: number, every: number): Scalar {
  const done = tf.floorDiv(tf.maximum(tf.sub(t, int(after)), int(0)), int(every))
  return tf.add<Scalar>(int(after), tf.mul(tf.add(done, int(1)), int(every)))
}

function transition(sampler: Sampler, target: Target, { words, lanes }: Draws, now: Particles, { from, to }: Span, pair: Scalar, parity: 0 | 1): Particles {
  const t = stepAt(pair, parity)
  const key: Key = { words, lanes, pair, parity }
  const [state, info] = sampler.step(key, now.state, target)
  const isActive = tf.logicalAnd(tf.greaterEqual(t, from), tf.less(t, to))
  return mapTree<Particles, Tensor>((after, before) => tf.where(isActive, after, before as Tensor), { state, info }, now)
}

function observe(sampler: Sampler, target: Target, { state, info }: Particles, step: Scalar): Row {
  const { potential, score } = sampler.observe(state, target, step)
  return {
    ...info,
    ...split(target.variables, state.x),
    ...(potential === undefined ? {} : { energy: tf.mul(potential, target.temperature) }),
    ...(score === undefined ? {} : { score_norm: tf.sqrt(tf.sum(tf.square(score), 0)) }),
  }
}

/** Scalars stay columns, [s, chains]; a list becomes rows, [chains, size], as Arrow has them. */
function split(variables: readonly Variable[], x: Tensor2D): Row {
  const parts: Record<string, Tensor> = {}
  const scalars: Tensor2D[] = []
  let at = 0
  for (const variable of variables) {
    const size = sizeOfVariable(variable)
    const part = size === x.shape[0] ? x : tf.slice(x, [at, 0], [size, -1])
    if (variable.shape === undefined) scalars.push(part)
    else parts[variable.name] = tf.transpose(part)
    at += size
  }
  if (scalars.length === variables.length) return { scalars: x }
  return scalars.length === 0 ? parts : { ...parts, scalars: tf.concat(scalars, 0) }
}

const emptyBuffers = (row: Row, rows: number): Row =>
  Object.fromEntries(Object.entries(row).map(([name, t]) => [name, tf.zeros([rows + 1, ...t.shape], t.dtype)]))

const write = (buffers: Row, row: Row, at: Scalar): Row =>
  Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, writeRow(buffer, row[name] as Tensor, at)]))

/** The pairs that hold the steps of a span. */
const pairs = ({ from, to }: Span): Span => ({ from: tf.floorDiv(from, int(2)), to: tf.floorDiv(tf.add(to, int(1)), int(2)) })

const stepAt = (pair: Scalar, parity: 0 | 1): Scalar => tf.add(tf.mul(pair, int(2)), int(parity))

const int = (value: number): Scalar => tf.scalar(value, 'int32')
