/**
 * Loops inside recorded functions: a StatelessWhile that XLA compiles, not an unrolled graph.
 *
 * `loop` may be nested. Tensors of the enclosing function may be used freely in the step. No
 * gradient passes through a loop. Outside a recording the same call runs eagerly.
 */
import { fail } from '../errors.ts'
import { describe, sameShape, type ArraySpec } from './array.ts'
import { dtypeOf } from './backend.ts'
import { FunctionBuilder } from './graph/builder.ts'
import type { GraphFunction } from './graph/program.ts'
import { withCall } from './products.ts'
import { argument, bind, openRecording, recording, refOf, within, type Recording } from './record.ts'
import { tf, type Scalar, type Tensor } from './tf.ts'
import { leaves, paths, rebuild } from './tree.ts'

export interface LoopOptions<State> {
  /** First index; 0 unless given. An int32 scalar may differ from call to call. */
  readonly from?: number | Scalar
  /** Index at which the loop ends, itself excluded. */
  readonly to: number | Scalar
  readonly state: State
  /** Ends the loop early: a bool scalar of the state, checked before each step. */
  readonly until?: (state: State) => Tensor
}

/** The state after `step` was applied for each index from `from` to `to`. */
export function loop<State>(options: LoopOptions<State>, step: (state: State, index: Scalar) => State): State {
  const outer = recording()
  return outer === undefined ? eagerLoop(options, step) : recordedLoop(outer, options, step)
}

function recordedLoop<State>(
  outer: Recording,
  { from = 0, to, state, until }: LoopOptions<State>,
  step: (state: State, index: Scalar) => State,
): State {
  const place = outer.program.name
  if (tf.engine().state.gradientDepth > 0) throw fail('engine_loop_gradient', { place })
  const name = `loop${outer.program.num_loops++}`
  const goesOn = (s: State): Tensor => (until === undefined ? tf.scalar(true, 'bool') : tf.logicalNot(until(s)))
  const initial = leaves<Tensor>(state)
  const specs = initial.map((t): ArraySpec => ({ dtype: dtypeOf(t), shape: t.shape }))

  const body = openRecording(outer, outer.program, `${name}_body`)
  const index = argument(body, 'i', { dtype: 'int32', shape: [] })
  body.builder.arg('to', 'int32')
  body.builder.arg('go', 'bool')
  const args = specs.map((spec, i) => argument(body, `s${i}`, spec))
  const { stepped, go } = within(body, () => {
    const after = step(rebuild<State>(state, args), index as Scalar)
    checkState(place, state, after)
    return { stepped: after, go: goesOn(after) }
  })
  const next = leaves<Tensor>(stepped)
  const results = [
    { name: 'i_next', dtype: 'int32' as const, ref: body.builder.op('AddV2', ['i', body.builder.int(1)], INT)() },
    { name: 'to_next', dtype: 'int32' as const, ref: 'to' },
    { name: 'go_next', dtype: 'bool' as const, ref: body.has_long_product ? withCall(body.builder, refOf(go, body), 'i') : refOf(go, body) },
    ...next.map((t, i) => ({ name: `s${i}_next`, dtype: dtypeOf(t), ref: refOf(t, body) })),
    ...body.captures.map(({ dtype }, i) => ({ name: `c${i}_next`, dtype, ref: `c${i}` })),
  ]
  outer.program.functions.push(body.builder.finish(results), condition(`${name}_condition`, body.builder.args))

  const bound = (value: number | Scalar): string => (typeof value === 'number' ? outer.builder.int(value) : refOf(value, outer))
  const captured = body.captures.map((capture) => ('outer' in capture ? capture.outer : ''))
  const node = outer.builder.op('StatelessWhile', [bound(from), bound(to), refOf(goesOn(state), outer), ...initial.map((t) => refOf(t, outer)), ...captured], {
    T: { types: body.builder.args.map((arg) => arg.dtype) },
    body: { func: body.builder.name },
    cond: { func: `${name}_condition` },
    output_shapes: { shapes: [[], [], [], ...specs.map((s) => s.shape), ...body.captures.map((c) => c.shape)] },
    parallel_iterations: { int: outer.program.is_compiled ? 10 : 1 },
  })
  return rebuild<State>(state, specs.map((spec, i) => bind(outer, node(3 + i), spec)))
}

const INT = { T: { type: 'int32' as const } }

/** i < to and go, over the arguments of the body. */
function condition(name: string, args: FunctionBuilder['args']): GraphFunction {
  const builder = new FunctionBuilder(name)
  for (const { name, dtype } of args) builder.arg(name, dtype)
  const ref = builder.op('LogicalAnd', [builder.op('Less', ['i', 'to'], INT)(), 'go'])()
  return builder.finish([{ name: 'goes_on', dtype: 'bool', ref }])
}

function checkState(place: string, before: unknown, after: unknown): void {
  const names = paths(before)
  if (names.join() !== paths(after).join()) {
    throw fail('engine_loop_state', { place, leaf: 'as a whole', before: `{${names.join(', ')}}`, after: `{${paths(after).join(', ')}}` })
  }
  const next = leaves<Tensor>(after)
  leaves<Tensor>(before).forEach((was, i) => {
    const is = next[i] as Tensor
    if (was.dtype !== is.dtype || !sameShape(was.shape, is.shape)) {
      throw fail('engine_loop_state', { place, leaf: names[i] === '' ? 'as a whole' : names[i], before: describe(was), after: describe(is) })
    }
  })
}

function eagerLoop<State>(
  { from = 0, to, state, until }: LoopOptions<State>,
  step: (state: State, index: Scalar) => State,
): State {
  const read = (value: number | Scalar): number => (typeof value === 'number' ? value : (value.dataSync()[0] as number))
  const last = read(to)
  let now = state
  for (let i = read(from); i < last; i++) {
    if (until !== undefined && tf.tidy(() => until(now)).dataSync()[0] === 1) break
    now = step(now, tf.scalar(i, 'int32'))
  }
  return now
}
