/** Types of the engine and of what runs pipelines. */
import { expectTypeOf } from 'vitest'
import {
  fold, HeatbathError, inlineExecutor, lint, loop, normal, run, split, uniform, valueAndGrad, valueAndGrads, workerExecutor, type Code, type Executor, type Key, type RunSummary,
} from '../../src/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'

declare const key: Key
declare const x: Tensor2D
declare const i: Scalar

// Random numbers come from keys, never from a seed or from nowhere.
expectTypeOf(split(key, 2)).toEqualTypeOf<Key[]>()
expectTypeOf(fold(key, i)).toEqualTypeOf<Key>()
expectTypeOf(normal(key, [2, 3])).toEqualTypeOf<Tensor>()
// @ts-expect-error a seed is no key
normal(1, [2, 3])
// @ts-expect-error a draw has a shape
uniform(key)

// A loop gives the state that it takes, and a step must do so too.
expectTypeOf(loop({ to: 10, state: { x, i } }, ({ x: now, i: count }) => ({ x: tf.mul<Tensor2D>(now, 2), i: count }))).toEqualTypeOf<{ x: Tensor2D; i: Scalar }>()
// @ts-expect-error a part of the state is lost
loop({ to: 10, state: { x, i } }, ({ x: now }) => ({ x: now }))
// @ts-expect-error a loop ends
loop({ state: x }, (now) => now)

// Gradients have the shape of what they are of.
expectTypeOf(valueAndGrad((at) => tf.sum<Tensor1D>(tf.square(at), 0), x)).toEqualTypeOf<{ value: Tensor1D; grad: Tensor2D }>()
expectTypeOf(valueAndGrads(({ w }) => tf.sum<Scalar>(w), { w: x })).toExtend<{ value: Scalar; grads: { w: Tensor2D } }>()
expectTypeOf(valueAndGrads(({ w }) => [tf.sum<Scalar>(w), { norm: i }] as const, { w: x })).toExtend<{ aux: { norm: Scalar } }>()
// @ts-expect-error of a scalar alone
valueAndGrads(({ w }: { w: Tensor2D }) => w, { w: x })

expectTypeOf(inlineExecutor()).toEqualTypeOf<Executor>()
expectTypeOf(workerExecutor().kind).toEqualTypeOf<'inline' | 'worker' | 'eager'>()

// Failures have codes of the table, and no others.
expectTypeOf<HeatbathError['code']>().toEqualTypeOf<Code>()
expectTypeOf<'sampler_diverged'>().toExtend<Code>()
// @ts-expect-error a code that is not in the table
new HeatbathError('no_such_code', {})

// A pipeline that is run was checked: its declaration is there only if it is right.
const { issues, declaration } = await lint('name: a')
expectTypeOf(issues[0]?.severity).toEqualTypeOf<'error' | 'warning' | undefined>()
// @ts-expect-error it may have faults
void run(declaration, { out: 'runs/a', run_id: 'a', file: 'a.yaml' })
if (declaration !== undefined) expectTypeOf(run(declaration, { out: 'runs/a', run_id: 'a', file: 'a.yaml' })).toEqualTypeOf<Promise<RunSummary>>()
if (declaration !== undefined) expectTypeOf(run(declaration, { out: 'runs/a' })).toEqualTypeOf<Promise<RunSummary>>()
// @ts-expect-error a run has a folder
if (declaration !== undefined) void run(declaration, {})
