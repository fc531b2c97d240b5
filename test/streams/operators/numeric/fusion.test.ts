/** Operators in a row become one loop; taken apart by an operator of the user they compute the same. */
import type { RecordBatch } from 'apache-arrow'
import { delay, concatMap, map, of, tap, type OperatorFunction } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor, workerExecutor } from '../../../../src/engine/index.ts'
import { denoisingScoreMatching } from '../../../../src/models/losses/denoising-score-matching.ts'
import { adam } from '../../../../src/models/optimizers/adam.ts'
import { sgd } from '../../../../src/models/optimizers/sgd.ts'
import { cosine } from '../../../../src/models/schedules/cosine.ts'
import { loss } from '../../../../src/streams/operators/loss.ts'
import { Flow } from '../../../../src/streams/operators/numeric/flow.ts'
import { optimize, type OptimizeOptions } from '../../../../src/streams/operators/optimize.ts'
import { perturb } from '../../../../src/streams/operators/perturb.ts'
import type { Model } from '../../../../src/streams/model.ts'
import { needs } from '../../../needs.ts'
import { counted } from '../sample/particles.ts'
import { farthest, gather, gaussianRows, newModel, NOISE, numbersOf, stateOf } from './training.ts'

needs('tensorflow')

const pass: Operator = map((batch) => batch)
const none: Operator = (source) => source

const executors = { inline: inlineExecutor(), worker: workerExecutor() }
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())))

type Rule = Parameters<typeof optimize>[1]

interface Training {
  readonly rule?: Rule
  readonly options?: OptimizeOptions
  /** What stands between perturb and loss, and between loss and optimize. */
  readonly between?: readonly Operator[]
  readonly model?: Model
  readonly batches?: number
}

type Operator = OperatorFunction<RecordBatch, RecordBatch>

async function train({ rule = adam({}), options = {}, between: [first = none, second = none] = [], model = newModel(), batches = 20 }: Training) {
  const own = { executor: executors.inline, ...options }
  const rows = await gather(gaussianRows({ batches }).pipe(
    perturb(NOISE, own), first, loss(model, denoisingScoreMatching({}), own), second, optimize(model, rule, own)))
  return { loss: numbersOf(rows, 'loss'), norm: numbersOf(rows, 'gradient_norm'), rate: numbersOf(rows, 'learning_rate'), step: numbersOf(rows, 'step'), state: await stateOf(model), version: model.version }
}

describe.each<[what: string, rule: Rule, options: OptimizeOptions]>([
  ['adam', adam({ learning_rate: 0.01 }), {}],
  ['adam, clipped, with a schedule and an average', adam({ learning_rate: 0.01 }), { clip_norm: 0.5, schedule: cosine({ steps: 15, warm_up_steps: 3 }), ema_decay: 0.9 }],
  ['sgd', sgd({ learning_rate: 0.05 }), {}],
  ['sgd with momentum, clipped, with an average', sgd({ learning_rate: 0.05, momentum: 0.9, nesterov: true }), { clip_norm: 1, ema_decay: 0.5 }],
])('%s: 20 updates', (_, rule, options) => {
  const fused = train({ rule, options })

  test.each<[where: string, between: Training['between']]>([
    ['before the loss', [pass]], ['after the loss', [none, pass]], ['before and after the loss', [pass, pass]],
  ])('with an operator %s give the same numbers to 1e-5', async (__, between) => {
    const [one, apart] = [await fused, await train({ rule, options, between: between as NonNullable<typeof between> })]
    expect(apart.version).toBe(20)
    for (const name of ['loss', 'norm', 'rate', 'step'] as const) expect(farthest(apart[name], one[name]), name).toBeLessThan(1e-5)
    expect(Object.keys(apart.state).sort()).toEqual(Object.keys(one.state).sort())
    for (const [name, values] of Object.entries(one.state)) expect(farthest(apart.state[name] as number[], values), name).toBeLessThan(1e-5)
  })

  test('one batch a call gives the same numbers to 1e-5', async () => {
    const [many, single] = [await fused, await train({ rule, options: { ...options, max_batches_per_call: 1 } })]
    for (const [name, values] of Object.entries(many.state)) expect(farthest(single.state[name] as number[], values), name).toBeLessThan(1e-5)
  })

  test('again, and on a worker, give the same bits', async () => {
    const one = await fused
    expect(await train({ rule, options })).toEqual(one)
    expect(await train({ rule, options: { ...options, executor: executors.worker } })).toEqual(one)
  })
})

test('a user\'s operator sees real values, and a slow one changes nothing', async () => {
  const seen: string[] = []
  const look = tap((batch: RecordBatch) => seen.push(batch.schema.names.join()))
  const slow = concatMap((batch: RecordBatch) => of(batch).pipe(delay(2)))
  const apart = await train({ between: [look, (source) => source.pipe(look, slow)], batches: 5 })
  expect(seen).toEqual(expect.arrayContaining(['x,noise,sigma', 'loss,gradient,version']))
  expect(farthest(apart.loss, (await train({ batches: 5 })).loss)).toBeLessThan(1e-5)
})

describe('fusion', () => {
  const source = gaussianRows({ batches: 3 })
  const dsm = denoisingScoreMatching({})

  test('follows from the pipe alone', () => {
    const [model, other] = [newModel(), newModel({ name: 'other' })]
    const kernels = (stream$: unknown): number => (stream$ as Flow).kernels.length
    expect(kernels(source.pipe(perturb(NOISE), loss(model, dsm), optimize(model, adam({}))))).toBe(3)
    expect(kernels(source.pipe(perturb(NOISE), pass, loss(model, dsm), optimize(model, adam({}))))).toBe(2)
    expect(kernels(source.pipe(perturb(NOISE), loss(model, dsm), optimize(other, adam({}))))).toBe(1)
  })

  test('makes one program, and a second subscription of the same shapes none', async () => {
    const executor = counted(executors.inline)
    const model = newModel()
    const stream$ = source.pipe(perturb(NOISE, { executor }), loss(model, dsm, { executor }), optimize(model, adam({}), { executor }))
    await gather(stream$)
    expect(executor.loads).toBe(1)
    await gather(stream$)
    expect(executor.loads).toBe(1)
    expect(model.version).toBe(6)
  })
})
