/** Options of operators in code hold to the rules of their fields in a pipeline. */
import { NEVER, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import {
  adam, annealedLangevin, compare, contrast, denoisingScoreMatching, diagnose, encode, evaluate, gaussian, impute, langevin, loss, mask, mlp, optimize, perturb, pool, rebatch, repeat, sample, shuffle, thin, validate, values,
  type Declared, type Sampler,
} from '../../../src/index.ts'
import { operators } from '../../../src/streams/operators/index.ts'
import { collected, rangeBatches, valuesOf } from '../batches.ts'
import { newModel, NOISE, rowBatch } from './numeric/training.ts'

const model = newModel({ net: mlp({ width: 4, layers: 1 }) as never })
const rows = rowBatch(new Float32Array([1, 2]), 2)
const encoding = values({}).fit(rows.schema, [rows])
const [rule, optimizer, sampler, annealed] = [denoisingScoreMatching({}), adam({}), langevin({ step_size: 0.1 }), annealedLangevin({})]
type Given = Readonly<Record<string, unknown>>
const drawn = (options: Given): unknown => sample(sampler, { energy: gaussian({ dim: 2 }), chains: 2, steps: 2, ...options } as never)
const given = <T>(options: T): never => options as never

const wrong: Readonly<Record<string, readonly (readonly [call: (value: never) => unknown, field: string, ...values: unknown[]])[]>> = {
  compare: [
    [(seed) => compare(NEVER, { seed }), 'seed', NaN, 1.5, -1],
    [(sample_values) => compare(NEVER, { sample_values }), 'sample_values', 0, NaN],
    [(sample_rows) => compare(NEVER, { sample_rows }), 'sample_rows', 1, NaN],
  ],
  contrast: [
    [(steps) => contrast(model, sampler, { steps }), 'steps', 0, 1.5, NaN],
    [(share) => contrast(model, sampler, { buffer: { rows: 10, restart_rate: share } }), 'buffer.restart_rate', 2, NaN],
    [(temperature) => contrast(model, sampler, { temperature }), 'temperature', 0, NaN],
    [(seed) => contrast(model, sampler, { seed }), 'seed', NaN],
  ],
  diagnose: [[(every) => diagnose(every), 'every', 0, -1, 1.5, NaN], [(chains) => diagnose(10, chains), 'chains', 0, NaN]],
  encode: [[(seed) => encode(encoding, { seed }), 'seed', NaN], [(what) => encode(encoding, { on_invalid: what }), 'on_invalid', 'null']],
  evaluate: [[(seed) => evaluate(model, { seed }), 'seed', NaN], [(probes) => evaluate(model, { log_density: { probes } }), 'log_density.probes', 0, 1.5]],
  impute: [[(draws) => impute(model, annealed, { draws }), 'draws', 0, 1.5, NaN], [(repeats) => impute(model, annealed, { repeats }), 'repeats', 0, NaN], [(seed) => impute(model, annealed, { seed }), 'seed', NaN]],
  loss: [[(seed) => loss(model, rule, { seed }), 'seed', NaN], [(most) => loss(model, rule, { max_batches_per_call: most }), 'max_batches_per_call', 0, NaN]],
  mask: [[(top) => mask({ region: { top } }), 'region.top', -1, NaN], [() => mask({}), 'name columns', undefined]],
  optimize: [
    [(ema_decay) => optimize(model, optimizer, { ema_decay }), 'ema_decay', 0, 1, 2, NaN],
    [(clip_norm) => optimize(model, optimizer, { clip_norm }), 'clip_norm', 0, -1, NaN],
    [(rows_per_epoch) => optimize(model, optimizer, { rows_per_epoch }), 'rows_per_epoch', -1, NaN],
  ],
  perturb: [[(seed) => perturb(NOISE, { seed }), 'seed', NaN]],
  pool: [[(kept) => pool(NEVER, { rows: kept }), 'rows', 0, 1.5, NaN], [(seed) => pool(NEVER, { seed }), 'seed', NaN]],
  rebatch: [[(size) => rebatch(size), 'rows', 0, -1, 1.5, NaN, Infinity], [(what) => rebatch(10, what), 'remainder', 'carry']],
  repeat: [[(epochs) => repeat(epochs), 'epochs', -1, 1.5, NaN, 'forever']],
  sample: [
    [(chains) => drawn({ chains }), 'chains', 0, -1, 1.5, NaN],
    [(steps) => drawn({ steps }), 'steps', 0, 2.5, NaN],
    [(burn_in) => drawn({ burn_in }), 'burn_in', -5, 1.5, NaN],
    [(every) => drawn({ every }), 'every', 0, 1.5, NaN],
    [(temperature) => drawn({ temperature }), 'temperature', 0, -1, NaN],
    [(seed) => drawn({ seed }), 'seed', NaN, -1, 0.5],
    [(guidance) => drawn({ guidance }), 'guidance', -1, NaN],
    [(looks) => drawn({ until: { r_hat: 1.1, every: looks } }), 'until.every', 0, NaN],
    [(most) => drawn({ max_steps_per_call: most }), 'max_steps_per_call', 0, NaN],
    [(both) => drawn({ model: both }), 'give one of the two', model],
  ],
  shuffle: [[(size) => shuffle(size), 'buffer_rows', 0, -1, 1.5, NaN], [(seed) => shuffle(10, { seed }), 'seed', NaN]],
  thin: [[(every) => thin(every), 'every', 0, -1, 1.5, NaN]],
  validate: [
    [(every) => validate(model, rule, { every }), 'every', 0, NaN],
    [(patience) => validate(model, rule, { patience }), 'patience', 0, NaN],
    [(most) => validate(model, rule, { rows: most }), 'rows', 0, NaN],
    [(seed) => validate(model, rule, { seed }), 'seed', NaN],
  ],
}

describe.each(Object.entries(wrong))('%s refuses at the call', (operator, cases) => {
  test.each(cases.flatMap(([call, field, ...refused]) => refused.map((value) => [field, value, call] as const)))('%s %s', (field, value, call) => {
    expect(() => call(value as never)).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(new RegExp(`^${operator} got .*${field}`)) as unknown }) as Error)
  })
})

test('every operator that takes anything is looked at', () => {
  const takes = operators.filter(({ config }) => Object.keys(config.shape).length > 0).map(({ name }) => name)
  expect([...takes, 'sample'].sort()).toEqual(Object.keys(wrong).sort())
})

test('an option that is undefined is one that is not given', async () => {
  expect(valuesOf(await collected(of(...rangeBatches(0, 6, 3)).pipe(shuffle(10, given({ seed: undefined })))))).toEqual(valuesOf(await collected(of(...rangeBatches(0, 6, 3)).pipe(shuffle(10)))))
  expect(() => optimize(model, optimizer, given({ ema_decay: undefined, executor: undefined, schedule: undefined }))).not.toThrow()
  expect(() => sample(annealed as Declared<Sampler>, given({ model, chains: 2, steps: undefined, start: undefined, stop: undefined }))).not.toThrow()
})
