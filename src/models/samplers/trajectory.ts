/**
 * Trajectories: many steps of a sampler, as functions to be recorded.
 *
 * Where random numbers are a good part of a step, a loop body holds two steps, t = 2p and t = 2p + 1,
 * because a pair of normal numbers is spread over them. Steps outside [from, to) are computed and
 * discarded, so that an odd start needs no other executable: the arithmetic of a step is the same
 * whichever call it falls into.
 *
 * What is emitted of a state is computed where the next step starts, which needs it as well: a call
 * emits the states that its steps start from. Such a buffer has one row more than may be used: what must
 * not be kept is written there.
 */
import { keyAt, keyInPair, loop, mapTree, specsOf, tf, writeRow, type Key, type Spec, type WordPair } from '../../engine/index.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import type { Adaptation, AdaptationState } from '../adaptations/contract.ts'
import type { Target } from '../target.ts'
import { sizeOfVariable, type Variable } from '../variables.ts'
import type { Info, Sampler, SamplerState, Tuning } from './contract.ts'

/** What moves. */
export interface Motion {
  readonly sampler: Sampler
  readonly target: Target
  /** Where the chains of a block draw: their stream's key, and their numbers, int32 [chains]. */
  readonly words: WordPair
  readonly lanes: Tensor1D
  /** Steps in a loop body: one where a step costs much more than its random numbers, as with nets. */
  readonly steps_per_body: 1 | 2
  /** What tunes the sampler in a burn-in of so many steps. */
  readonly adaptation?: { readonly rule: Adaptation; readonly steps: number }
}

/** A sampler's state together with the info of the step that made it; and where it is or was adapted, its tuning. */
export interface Particles {
  readonly state: SamplerState
  readonly info: Info
  readonly tuned: { readonly tuning: Tuning; readonly by: AdaptationState } | undefined
}

/** Steps from `from` to `to`, itself excluded, int32 []. */
export interface Span {
  readonly from: Scalar
  readonly to: Scalar
}

/** What is emitted of one step: `scalars` [s, chains], lists [chains, size], the rest [chains]. */
export type Row = Readonly<Record<string, Tensor>>

/** The particles before the first step, from positions [dim, chains]. */
export function startParticles({ sampler, target, adaptation }: Pick<Motion, 'sampler' | 'target' | 'adaptation'>, x: Tensor2D): Particles {
  const state = sampler.init(x, target)
  const chains = x.shape[1]
  const info = Object.entries(sampler.info).map(([name, dtype]) => [name, tf.zeros([chains], dtype)])
  const tuning = sampler.tuning?.(target)
  const tuned = adaptation === undefined || tuning === undefined ? undefined : { tuning, by: adaptation.rule.init(tuning, target.dim) }
  return { state, info: Object.fromEntries(info) as Info, tuned }
}

/** The particles before the first step of a span: if that is step 0, those that begin at `positions`, of x as it is. */
export function begun(motion: Motion, particles: Particles, { from }: Span, positions: (x: Tensor2D) => Tensor2D): Particles {
  const begins = tf.cast<Scalar>(tf.equal(from, int(0)), 'int32')
  return loop({ to: begins, state: particles }, ({ state }, time) => startParticles(motion, onlyAt(time, positions(state.x))))
}

/** The particles after the steps of a span. */
export const advance = (motion: Motion, particles: Particles, span: Span): Particles =>
  forEachStep(motion, span, particles, (now, key) => transition(motion, now, key, isWithin(key.step, span)))

/**
 * The particles after the steps of a span, with the state that each step starts from emitted: at
 * most `rows` of them. Steps from number `last` on are not made, though the states before them are emitted.
 */
export function emitEach(motion: Motion, particles: Particles, span: Span, rows: number, last: Scalar): { particles: Particles; rows: Row } {
  const buffers = emptyBuffers(() => observe(motion, particles, span.from), rows + 1)
  const end = forEachStep(motion, span, { particles, buffers }, (now, key) => {
    const isIn = isWithin(key.step, span)
    const at = tf.where(isIn, tf.sub(key.step, span.from), int(rows)) as Scalar
    return {
      buffers: write(now.buffers, observe(motion, now.particles, key.step), at),
      particles: transition(motion, now.particles, key, tf.logicalAnd(isIn, tf.less(key.step, last))),
    }
  })
  return { particles: end.particles, rows: end.buffers }
}

/** Which steps are emitted: those `every` steps after `after`, itself excluded. */
export interface Cadence {
  readonly after: number
  readonly every: number
}

/** As `advance`, with the states that the cadence names emitted, after the steps that made them: at most `rows`. */
export function emitEvery(motion: Motion, particles: Particles, span: Span, rows: number, { after, every }: Cadence): { particles: Particles; rows: Row } {
  const buffers = emptyBuffers(() => observe(motion, particles, span.from), rows)
  const initial = { particles, buffers, t: span.from, row: int(0) }
  const end = loop({ to: 2 ** 31 - 1, state: initial, until: ({ t }) => tf.greaterEqual(t, span.to) }, (now) => {
    const next = nextEmission(now.t, after, every)
    const to = tf.minimum<Scalar>(next, span.to)
    const moved = advance(motion, now.particles, { from: now.t, to })
    const emitted = tf.cast<Scalar>(tf.equal(to, next), 'int32')
    return {
      particles: moved,
      buffers: loop({ to: emitted, state: now.buffers }, (buffers, time) => write(buffers, observe(motion, onlyAt(time, moved), to), now.row)),
      t: to,
      row: tf.add<Scalar>(now.row, emitted),
    }
  })
  return { particles: end.particles, rows: end.buffers }
}

/**
 * The same, in a loop of one step or none: with a net, what is emitted costs as much as a step, and so may a beginning.
 * What does not change in a loop XLA computes outside, whether the loop is entered or not; it cannot know that this does not.
 */
const onlyAt = <T>(time: Scalar, tree: T): T => mapTree<T, Tensor>((t) => tf.where(tf.equal(time, int(0)), t, tf.zerosLike(t)), tree)

/** The first step number above t that the cadence names. */
function nextEmission(t: Scalar, after: number, every: number): Scalar {
  const done = tf.floorDiv(tf.maximum(tf.sub(t, int(after)), int(0)), int(every))
  return tf.add<Scalar>(int(after), tf.mul(tf.add(done, int(1)), int(every)))
}

/** Visits the steps of a span, and with two in a body those that complete the first and the last pair. */
function forEachStep<State>({ words, lanes, steps_per_body }: Motion, { from, to }: Span, state: State, visit: (state: State, key: Key) => State): State {
  if (steps_per_body === 1) return loop({ from, to, state }, (now, step) => visit(now, keyAt(words, lanes, step)))
  const pairs = { from: tf.floorDiv<Scalar>(from, int(2)), to: tf.floorDiv<Scalar>(tf.add(to, int(1)), int(2)) }
  return loop({ ...pairs, state }, (now, pair) =>
    ([0, 1] as const).reduce((half, parity) => visit(half, keyInPair(words, lanes, pair, parity)), now))
}

/** The particles one step later. */
export function stepOnce({ sampler, target }: Motion, { state, tuned }: Particles, key: Key): Particles {
  const [next, info] = sampler.step(key, state, target, tuned?.tuning ?? sampler.tuning?.(target) ?? UNTUNED)
  return { state: next, info, tuned }
}

function transition(motion: Motion, now: Particles, key: Key, isMade: Tensor): Particles {
  const { adaptation } = motion
  const { state, info } = stepOnce(motion, now, key)
  const moved = ifMade(isMade, { state, info }, { state: now.state, info: now.info })
  if (adaptation === undefined || now.tuned === undefined) return { ...moved, tuned: now.tuned }
  const [by, tuning] = adaptation.rule.update(now.tuned.by, now.tuned.tuning, { x: state.x, info, step: key.step }, adaptation.steps)
  return { ...moved, tuned: ifMade(isMade, { tuning, by }, now.tuned) }
}

/** Of a sampler that has nothing to tune. */
const UNTUNED = {} as Tuning

const ifMade = <T>(isMade: Tensor, after: T, before: T): T => mapTree<T, Tensor>((a, b) => tf.where(isMade, a, b as Tensor), after, before)

const isWithin = (t: Scalar, { from, to }: Span): Tensor => tf.logicalAnd(tf.greaterEqual(t, from), tf.less(t, to))

function observe({ sampler, target }: Motion, { state, info }: Particles, step: Scalar): Row {
  const { potential, score } = sampler.observe(state, target, step)
  const { bijection } = target
  return {
    ...info,
    ...split(target.variables, bijection?.forward(state.x) ?? state.x),
    ...(potential === undefined ? {} : { energy: tf.mul(bijection === undefined ? potential : tf.add(potential, bijection.logSlope(state.x)), target.temperature) }),
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

const emptyBuffers = (row: () => Row, rows: number): Row =>
  Object.fromEntries(Object.entries(specsOf(row) as Readonly<Record<string, Spec>>).map(([name, { dtype, shape }]) => [name, tf.zeros([rows, ...shape], dtype)]))

const write = (buffers: Row, row: Row, at: Scalar): Row =>
  Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, writeRow(buffer, row[name] as Tensor, at)]))

const int = (value: number): Scalar => tf.scalar(value, 'int32')
