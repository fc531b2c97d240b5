/** Types of operators: they compose by RxJS's pipe, and take what they can work with. */
import type { RecordBatch } from 'apache-arrow'
import { map, of, tap, type MonoTypeOperatorFunction, type Observable, type OperatorFunction } from 'rxjs'
import { expectTypeOf } from 'vitest'
import {
  adam, annealedLangevin, compare, constant, contrast, cosine, type Declared, denoisingScoreMatching, diagnose, doubleWell, drain, encode, FanOut, fromPull, gaussianStart, langevin, loss, maximumLikelihood, type Model, type Noise, optimize, parquet, perturb,
  rebatch, repeat, safetensors, sample, shuffle, thin, twoMoons, values, type Written,
} from '../../src/index.ts'

declare const rows$: Observable<RecordBatch>
declare const model: Model
declare const noise: Declared<Noise>
declare const numbers$: Observable<number>

const context = { folder: '.', name: 'rows', origin: {} }

// Training is three operators, fused or with something of one's own between them.
const dsm = denoisingScoreMatching({})
expectTypeOf(rows$.pipe(perturb(noise), loss(model, dsm), optimize(model, adam({})))).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(rows$.pipe(perturb(noise), tap((batch) => expectTypeOf(batch).toEqualTypeOf<RecordBatch>()), loss(model, dsm))).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(optimize(model, adam({}), { schedule: cosine({ steps: 10 }), ema_decay: 0.9, clip_norm: 1 })).toEqualTypeOf<OperatorFunction<RecordBatch, RecordBatch>>()
expectTypeOf(rows$.pipe(contrast(model, langevin({ step_size: 0.1 }), { steps: 5 }), loss(model, maximumLikelihood({})), optimize(model, adam({})))).toEqualTypeOf<Observable<RecordBatch>>()
// @ts-expect-error negatives are made by a sampler
contrast(model, adam({}))
// @ts-expect-error a loss is no rule of optimization
optimize(model, dsm)
// @ts-expect-error nor is a rule a loss
loss(model, adam({}))
// @ts-expect-error a schedule is called with its fields
optimize(model, adam({}), { schedule: constant })
// @ts-expect-error the decay is a number
optimize(model, adam({}), { ema_decay: 'slow' })
// @ts-expect-error noise is a component, not a number
perturb(0.1)

// Operators of rows leave the type of the stream as it is.
expectTypeOf(rows$.pipe(repeat('infinite'), shuffle(100), rebatch(10, 'keep'), thin(2))).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(rebatch(10)).toEqualTypeOf<MonoTypeOperatorFunction<RecordBatch>>()
expectTypeOf(rows$.pipe(diagnose(100))).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(rows$.pipe(compare(rows$, { sample_values: 10 }))).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(rows$.pipe(map(({ numRows }) => numRows))).toEqualTypeOf<Observable<number>>()
// @ts-expect-error numbers are no batches
numbers$.pipe(rebatch(10))
// @ts-expect-error what is left is dropped or kept
rebatch(10, 'carry')
// @ts-expect-error epochs are a number, or infinite
repeat('forever')
// @ts-expect-error the other stream is one, not its name
compare('training')

// Particles are drawn from an energy or from a model.
const energy = doubleWell({ dim: 2 })
expectTypeOf(sample(langevin({ step_size: 0.1 }), { energy, temperature: 2, chains: 10, steps: 5, start: gaussianStart({}) })).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(sample(annealedLangevin({}), { model, chains: 10 })).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(sample(langevin({ step_size: 0.1 }), { energy, chains: 10, steps: 5 }).pipe(thin(10), diagnose(5))).toEqualTypeOf<Observable<RecordBatch>>()
// @ts-expect-error one of the two
sample(langevin({ step_size: 0.1 }), { chains: 10, steps: 5 })
// @ts-expect-error not both
sample(langevin({ step_size: 0.1 }), { energy, model, chains: 10, steps: 5 })
// @ts-expect-error of a model nothing is bounded
sample(annealedLangevin({}), { model, support: 'reject', chains: 10 })
// @ts-expect-error a sampler is called with its fields
sample(langevin, { energy, chains: 10 })
// @ts-expect-error an energy is no sampler
sample(energy, { energy, chains: 10 })

// Sources, and what becomes of streams.
expectTypeOf(twoMoons({}).open({ folder: '.', seed: 1, stream: 'rows' }).rows$).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(fromPull(() => [1, 2].values())).toEqualTypeOf<Observable<number>>()
expectTypeOf(new FanOut(rows$).stream$).toEqualTypeOf<Observable<RecordBatch>>()
expectTypeOf(drain(rows$, parquet({ path: 'rows' }), context)).toEqualTypeOf<Promise<Written>>()
// @ts-expect-error a model is saved, not drained
drain(rows$, safetensors({ path: 'm.safetensors' }), context)
// @ts-expect-error streams of batches are drained
drain(of(1), parquet({ path: 'rows' }), context)

// A buffer's fields have defaults, in code as in a pipeline.
expectTypeOf(contrast(model, langevin({ step_size: 0.1 }), { buffer: { rows: 100 } })).toEqualTypeOf<OperatorFunction<RecordBatch, RecordBatch>>()
expectTypeOf(contrast(model, langevin({ step_size: 0.1 }), { buffer: {} })).toEqualTypeOf<OperatorFunction<RecordBatch, RecordBatch>>()
// @ts-expect-error a field that is not there
contrast(model, langevin({ step_size: 0.1 }), { buffer: { size: 100 } })

declare const batch: RecordBatch
const fitted = values({}).fit(batch.schema, [batch])
expectTypeOf(fitted.encode(batch)).toEqualTypeOf<Float32Array>()
expectTypeOf(rows$.pipe(encode(fitted, { on_invalid: 'drop' }))).toEqualTypeOf<Observable<RecordBatch>>()
