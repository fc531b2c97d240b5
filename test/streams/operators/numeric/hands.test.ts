/** A model in several hands, one after the other and at once; and what is of one name but not the same. */
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import { firstValueFrom, from, of, Subject, takeUntil, timer, type Observable } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { inlineExecutor, workerExecutor, type Executor } from '../../../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../../../src/engine/tf.ts'
import { gaussian } from '../../../../src/models/energies/gaussian.ts'
import type { Loss } from '../../../../src/models/losses/contract.ts'
import { denoisingScoreMatching } from '../../../../src/models/losses/denoising-score-matching.ts'
import type { Net } from '../../../../src/models/nets/contract.ts'
import { defineNoise, type Noise } from '../../../../src/models/noise/contract.ts'
import { adam } from '../../../../src/models/optimizers/adam.ts'
import type { Optimizer } from '../../../../src/models/optimizers/contract.ts'
import { sgd } from '../../../../src/models/optimizers/sgd.ts'
import { annealedLangevin } from '../../../../src/models/samplers/annealed-langevin.ts'
import { defineSampler } from '../../../../src/models/samplers/contract.ts'
import { float32Column, recordBatch } from '../../../../src/streams/arrow/columns.ts'
import type { Model } from '../../../../src/streams/model.ts'
import { evaluate } from '../../../../src/streams/operators/evaluate.ts'
import { loss, lossValue } from '../../../../src/streams/operators/loss.ts'
import { optimize, type OptimizeOptions } from '../../../../src/streams/operators/optimize.ts'
import { perturb } from '../../../../src/streams/operators/perturb.ts'
import { sample } from '../../../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../../../src/unit.ts'
import { needs } from '../../../needs.ts'
import { gather, gaussianRows, newModel, NOISE, numbersOf, rowBatch, stateOf } from './training.ts'

needs('tensorflow')

const executors = { inline: inlineExecutor(), worker: workerExecutor() }
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())))
const { inline, worker } = executors

const DSM = denoisingScoreMatching({})

interface Training extends OptimizeOptions {
  readonly batches?: number
  readonly rule?: Declared<Optimizer>
  readonly of?: Observable<RecordBatch>
}

function training(model: Model, { batches = 3, rule = adam({ learning_rate: 0.01 }), of: rows$ = gaussianRows({ batches }), executor = inline, ...options }: Training = {}): Observable<RecordBatch> {
  return rows$.pipe(perturb(NOISE, { executor }), loss(model, DSM, { executor }), optimize(model, rule, { executor, ...options }))
}

describe('while a model is trained on a worker', () => {
  const points = recordBatch(new Schema([new Field('x0', new Float32(), false), new Field('x1', new Float32(), false)]), 3, [0, 1].map((i) => float32Column(Float32Array.of(i, 0.5, -i))))

  test.each<[string, Executor]>([['there', worker], ['on this thread', inline]])('it is sampled, evaluated and judged %s', async (_, executor) => {
    const model = newModel()
    const trained = gather(training(model, { batches: 20_000, executor: worker }))
    while (model.version < 50) await firstValueFrom(timer(5))
    const begun = model.version
    const particles = await gather(sample(annealedLangevin({ steps_per_level: 20 }), { model, chains: 20, executor }))
    const evaluated = await gather(of(points).pipe(evaluate(model, { executor })))
    const losses = await gather(gaussianRows({ batches: 2 }).pipe(perturb(NOISE, { executor }), lossValue(model, DSM, { executor })))
    expect([model.is_trained, model.version > begun]).toEqual([true, true])
    expect([...numbersOf(particles.slice(-1), 'x0'), ...numbersOf(evaluated, 'score_norm'), ...numbersOf(losses, 'loss')].filter((value) => !Number.isFinite(value))).toEqual([])
    model.finish()
    await trained
  })
})

describe('one training after another', () => {
  test('without an average leaves none of the first to sample by', async () => {
    const model = newModel()
    await gather(training(model, { ema_decay: 0.9 }))
    expect(Object.keys(await model.read()).sort()).toEqual(['average', 'parameters', 'slots'])
    await gather(training(model))
    expect(Object.keys(await model.read()).sort()).toEqual(['parameters', 'slots'])
  })

  test.each<[string, Declared<Optimizer>]>([
    ['another rule', sgd({ learning_rate: 0.01, momentum: 0.9 })],
    ['a rule of one\'s own with slots of the same names', { ...adam({}), is: { kind: 'optimizer', name: 'own', config: {} } }],
  ])('by %s begins with slots of its own', async (_, rule) => {
    const [model, fresh] = [newModel(), newModel()]
    await gather(training(model, { batches: 0 }))
    await fresh.restore({ parameters: (await model.read()).parameters }, 0)
    await gather(training(model))
    await fresh.restore({ parameters: (await model.read()).parameters }, model.version)
    await gather(training(model, { rule }))
    await gather(training(fresh, { rule }))
    expect(await stateOf(model)).toEqual(await stateOf(fresh))
  })

  test('whose subscriber left in the middle of a call goes on as if that had not been', async () => {
    const [left, whole] = [newModel(), newModel()]
    for (const model of [left, whole]) await gather(training(model))
    const calls = new Subject<void>()
    await gather(training(left, { executor: telling(calls) }).pipe(takeUntil(calls)))
    await firstValueFrom(timer(50))
    expect([left.version, left.is_trained]).toEqual([3, false])
    for (const model of [left, whole]) await gather(training(model))
    expect([left.version, await stateOf(left)]).toEqual([whole.version, await stateOf(whole)])
  })
})

/** Tells of each call as it begins. */
const telling = (calls: Subject<void>): Executor => ({
  ...inline,
  async load(...given) {
    const executable = await inline.load(...given)
    return {
      ...executable,
      run(...inputs) {
        calls.next()
        return executable.run(...inputs)
      },
    }
  },
})

describe('batches', () => {
  test('of lists of other sizes are not mixed', async () => {
    const batches = [...Array<RecordBatch>(20).fill(rowBatch(new Float32Array(12), 3)), ...Array<RecordBatch>(20).fill(rowBatch(new Float32Array(8), 2))]
    const perturbed = await gather(from(batches).pipe(perturb(NOISE, { executor: inline })))
    expect(perturbed.map(({ schema: { fields } }) => String(fields[0]?.type))).toEqual(batches.map(({ schema: { fields } }) => String(fields[0]?.type)))
  })

  test('of another size than the model are refused, by name', async () => {
    await expect(gather(training(newModel(), { of: of(rowBatch(new Float32Array(12), 3)) }))).rejects.toMatchObject({ code: 'data_column', message: 'column x has 3 numbers in a row, and the model m is of 2' })
  })

  test('without rows are passed over', async () => {
    const [full, empty] = [rowBatch(new Float32Array(8).fill(0.1), 2), rowBatch(new Float32Array(), 2)]
    expect(numbersOf(await gather(training(newModel(), { of: from([full, empty, full]) })), 'step')).toEqual([1, 2])
  })
})

describe('components of one name that are not the same', () => {
  const noiseAt = (sigma: number): Declared<Noise> => defineNoise({
    name: 'my_noise', summary: 'One level.', example: 'noise: { my_noise: {} }', reference: 'none', config: z.strictObject({}),
    make: () => ({ levels: [sigma], draw: (_, rows) => tf.fill([rows], sigma), resolve: () => noiseAt(sigma) }),
  })({})
  const moved = defineSampler({
    name: 'moved', summary: 'By a function.', example: 'sampler: { moved: {} }', reference: 'none', config: z.object({ by: z.custom<(x: Tensor2D) => Tensor2D>() }),
    make: ({ by }) => ({ needs: 'score', info: {}, init: (x) => ({ x }), step: (_, { x }) => [{ x: by(x) }, {}], observe: () => ({}) }),
  })

  test('are compiled apart: two definitions', async () => {
    const sigmas = await Promise.all([1, 5].map(async (sigma) => numbersOf(await gather(gaussianRows({ batches: 1, rows: 2 }).pipe(perturb(noiseAt(sigma), { executor: inline }))), 'sigma')))
    expect(sigmas).toEqual([[1, 1], [5, 5]])
  })

  test('are compiled apart: functions in their configs', async () => {
    const energy = gaussian({ dim: 1 })
    const ends = await Promise.all([1, -2].map(async (to) => numbersOf(await gather(sample(moved({ by: (x) => tf.fill(x.shape, to) }), { energy, chains: 2, steps: 1, executor: inline })), 'x0')))
    expect(ends).toEqual([[1, 1], [-2, -2]])
  })
})

describe('a component of one\'s own that gives another shape is named:', () => {
  const is = (kind: 'net' | 'loss' | 'optimizer', name: string) => ({ kind, name, config: {} }) as const

  test('a net', async () => {
    const net: Declared<Net<{ readonly w: Tensor2D }>> = { is: is('net', 'narrow'), init: (inputs, _, draws) => ({ w: draws.normal([inputs, 1], 1) }) as never, apply: ({ w }, x) => tf.matMul(x, w) }
    await expect(gather(training(newModel({ net: net as never })))).rejects.toMatchObject({ code: 'component_failed', message: 'net narrow failed: it gave [16, 1] for x [16, 2], not [16, 2]' })
  })

  test('a loss', async () => {
    const rule: Declared<Loss> = { ...DSM, is: is('loss', 'of_rows'), loss: (...given) => ({ ...DSM.loss(...given), value: tf.ones([16]) as never }) }
    await expect(gather(gaussianRows({ batches: 1 }).pipe(perturb(NOISE, { executor: inline }), lossValue(newModel(), rule, { executor: inline })))).rejects.toMatchObject({ code: 'component_failed', message: expect.stringContaining('loss of_rows failed: it gave [16]') })
  })

  test('an optimizer', async () => {
    const rule: Declared<Optimizer> = { ...sgd({}), is: is('optimizer', 'short'), slots: [], update: () => [tf.zeros([1]), {}] }
    await expect(gather(training(newModel(), { rule }))).rejects.toMatchObject({ code: 'component_failed', message: expect.stringContaining('optimizer short failed: it changes parameters') })
  })
})
