import { Field, Float32, Int32, Schema, Utf8 } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, describe, expect, it } from 'vitest'
import { inlineExecutor } from '../../../src/engine/index.ts'
import { gaussianScore, modelOf } from '../../statistics/score-models.ts'
import { doubleWell } from '../../../src/models/energies/double-well.ts'
import { exponential } from '../../../src/models/energies/exponential.ts'
import { geometric } from '../../../src/models/noise/geometric.ts'
import { mlp } from '../../../src/models/nets/mlp.ts'
import type { Net } from '../../../src/models/nets/contract.ts'
import { none } from '../../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../../src/models/variables.ts'
import { listColumn, listType, recordBatch } from '../../../src/streams/arrow/columns.ts'
import { table as tableEncoding } from '../../../src/streams/encodings/table.ts'
import { values } from '../../../src/streams/encodings/values.ts'
import { Model } from '../../../src/streams/model.ts'
import { evaluate } from '../../../src/streams/operators/evaluate.ts'
import type { Declared } from '../../../src/unit.ts'
import { needs } from '../../needs.ts'
import { bytesBatch } from '../image-batches.ts'
import { collected, floats, objectsOf, table, valuesOf } from '../batches.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const noise = geometric({ largest: 100, smallest: 0.1, levels: 8 })
const v = 0.5
const data = { dim: 2, mean: 0, sd: Math.sqrt(v), largest_distance: 4 }
const gaussian = modelOf('gaussian', 2, noise, gaussianScore(v), data)
const width = v + 0.1 ** 2
/** log N(x; 0, width I). */
const truth = (...x: readonly number[]): number => -x.reduce((sum, value) => sum + value * value, 0) / (2 * width) - (x.length / 2) * Math.log(2 * Math.PI * width)

describe('evaluate', () => {
  it('appends the norm of the score at the smallest level, and passes the columns of rows on', async () => {
    const rows = table({ id: [new Utf8(), ['a', null, 'c']], x0: [new Float32(), [1, 0, 3]], x1: [new Float32(), [0, 0, 4]], n: [new Int32(), [7, 8, 9]] })
    const [batch] = await collected(of(rows).pipe(evaluate(gaussian, { executor })))
    expect(batch?.schema.names).toEqual(['id', 'x0', 'x1', 'n', 'score_norm'])
    const [one, two, three] = objectsOf([batch as never])
    expect([one, two, three].map((row) => [row?.id, row?.n])).toEqual([['a', 7], [null, 8], ['c', 9]])
    expect(one?.score_norm).toBeCloseTo(1 / width, 4)
    expect(two?.score_norm).toBe(0)
    expect(three?.score_norm).toBeCloseTo(5 / width, 4)
  })

  it('appends the energy of a model that is one, whatever the batches', async () => {
    const spec = { dim: 2, variables: defaultVariables(2), output: 'energy' as const, net: mlp({ width: 8, layers: 1 }) as Declared<Net>, preconditioning: none({}) }
    const model = Model.create('energy', spec, 3)
    const [x0, x1] = [Array.from({ length: 40 }, (_, i) => Math.sin(i)), Array.from({ length: 40 }, (_, i) => Math.cos(2 * i))]
    const whole = await collected(of(floats({ x0, x1 })).pipe(evaluate(model, { executor })))
    expect(whole[0]?.schema.names).toEqual(['x0', 'x1', 'energy', 'score_norm'])
    const parts = await collected(of(floats({ x0: x0.slice(0, 13), x1: x1.slice(0, 13) }), floats({ x0: x0.slice(13), x1: x1.slice(13) })).pipe(evaluate(model, { executor })))
    const [energies, others] = [valuesOf(whole, 'energy') as number[], valuesOf(parts, 'energy') as number[]]
    expect(new Set(energies).size).toBe(40)
    others.forEach((value, i) => expect(value).toBeCloseTo(energies[i] as number, 5))
  })

  it('counts bits in the units of a table', async () => {
    const rows = floats({ x0: [10, 30], x1: [200, 200.5] })
    const encoding = tableEncoding({})
    const fitted = encoding.fit(rows.schema, [rows])
    const model = new Model('table', { ...gaussian.spec, variables: fitted.variables }, {}, { data, encoding: fitted })
    const [density, bits] = ['log_density', 'bits_per_dim']
    const batches = await collected(of(rows).pipe(evaluate(model, { log_density: {}, executor })))
    const nats = truth(-Math.SQRT1_2, -Math.SQRT1_2) // of two values, in standard deviations of n − 1
    expect((valuesOf(batches, density) as number[])[0]).toBeCloseTo(nats, 2)
    const spread = [10 * Math.SQRT2, 0.25 * Math.SQRT2]
    expect((valuesOf(batches, bits) as number[])[0]).toBeCloseTo(-(nats - Math.log(spread[0] as number) - Math.log(spread[1] as number)) / (2 * Math.LN2), 2)
  })

  it('dequantises bytes: bits are of grey levels, and never below what bytes cost', async () => {
    const rows = bytesBatch([[0, 255], [0, 255], [0, 255], [51, 102]])
    const encoding = values({ columns: ['x'] })
    const fitted = encoding.fit(rows.schema, [])
    const model = new Model('bytes', { ...gaussian.spec, variables: fitted.variables }, {}, { data, encoding: fitted })
    const batches = await collected(of(rows).pipe(evaluate(model, { log_density: {}, executor })))
    const [bits, nats] = [valuesOf(batches, 'bits_per_dim') as number[], valuesOf(batches, 'log_density') as number[]]
    expect(new Set(nats.slice(0, 3)).size).toBe(3) // three numbers for the same bytes
    bits.forEach((value, i) => expect(value).toBeCloseTo(-((nats[i] as number) - 2 * Math.log(255)) / (2 * Math.LN2), 4))
    nats.slice(0, 3).forEach((value) => expect(Math.abs(value - truth(0, 1))).toBeLessThan(0.02))
    expect(Math.abs((nats[3] as number) - truth(0.2, 0.4))).toBeLessThan(0.02)
  })

  it('does to rows without coordinates what it is told', async () => {
    const rows = table({ x0: [new Float32(), [1, null, 3]], x1: [new Float32(), [0, 0, 4]] })
    await expect(collected(of(rows).pipe(evaluate(gaussian, { executor })))).rejects.toMatchObject({ code: 'data_not_finite', details: { column: 'x0', row: 1 } })
    const dropped = await collected(of(rows).pipe(evaluate(gaussian, { executor, on_invalid: 'drop' })))
    expect(valuesOf(dropped, 'x0')).toEqual([1, 3])
    const marked = await collected(of(rows).pipe(evaluate(gaussian, { executor, on_invalid: 'null' })))
    expect(objectsOf(await collected(of(rows).pipe(evaluate(gaussian, { executor, on_invalid: null }))))).toEqual(objectsOf(marked)) // as YAML reads the word
    expect(valuesOf(marked, 'x0')).toEqual([1, null, 3])
    expect((valuesOf(marked, 'score_norm') as (number | null)[]).map((value) => value === null)).toEqual([false, true, false])
    const [none] = await collected(of(table({ x0: [new Float32(), [null]], x1: [new Float32(), [0]] })).pipe(evaluate(gaussian, { executor, on_invalid: 'null', log_density: {} })))
    expect(objectsOf([none as never])).toEqual([{ x0: null, x1: 0, score_norm: null, log_density: null, bits_per_dim: null }])
  })

  it('names a column that is there already, unless it gets a prefix', async () => {
    const rows = floats({ x0: [1], x1: [2], score_norm: [9] })
    await expect(collected(of(rows).pipe(evaluate(gaussian, { executor })))).rejects.toMatchObject({ code: 'data_column', details: { column: 'score_norm' } })
    const [batch] = await collected(of(rows).pipe(evaluate(gaussian, { executor, prefix: 'model_' })))
    expect(batch?.schema.names).toEqual(['x0', 'x1', 'score_norm', 'model_score_norm'])
  })

  it('appends the score itself where it is asked for: of numbers a column each, of lists a list', async () => {
    const [batch] = await collected(of(floats({ x0: [1, 0.5], x1: [0.25, -2] })).pipe(evaluate(gaussian, { executor, score: true })))
    expect(batch?.schema.names).toEqual(['x0', 'x1', 'score_norm', 'score_x0', 'score_x1'])
    const rows = objectsOf([batch as never])
    rows.forEach((row) => {
      expect(row.score_x0).toBeCloseTo(-(row.x0 as number) / width, 4)
      expect(row.score_x1).toBeCloseTo(-(row.x1 as number) / width, 4)
    })
    const listed = new Model('listed', { ...gaussian.spec, variables: [{ name: 'x', shape: [2] }] }, {}, { data })
    const lists = recordBatch(new Schema([new Field('x', listType(2), false)]), 2, [listColumn(Float32Array.of(1, 0.25, 0.5, -2), 2)])
    const [own] = await collected(of(lists).pipe(evaluate(listed, { executor, score: true })))
    expect([...(own?.getChild('score_x')?.get(1) as Iterable<number>)]).toEqual([rows[1]?.score_x0, rows[1]?.score_x1])
  })

  it('asks an energy as well, its columns by the names of its variables', async () => {
    const well = doubleWell({ dim: 2, height: 2 })
    const rows = objectsOf(await collected(of(floats({ id: [7, 8], x0: [1, 0.5], x1: [0, -2] })).pipe(evaluate(well, { executor, score: true }))))
    const u = (x: number): number => 2 * (x * x - 1) ** 2
    const slope = (x: number): number => -8 * x * (x * x - 1)
    rows.forEach((row) => {
      const [x0, x1] = [row.x0 as number, row.x1 as number]
      expect(row.energy).toBeCloseTo(u(x0) + u(x1), 4)
      expect(row.score_x0).toBeCloseTo(slope(x0), 4)
      expect(row.score_x1).toBeCloseTo(slope(x1), 4)
      expect(row.score_norm).toBeCloseTo(Math.hypot(slope(x0), slope(x1)), 4)
    })
    expect(rows.map(({ id }) => id)).toEqual([7, 8])
    expect(() => evaluate(well, { log_density: {} })).toThrow(expect.objectContaining({ code: 'model_noise', details: { model: 'double_well' } }) as Error)
  })

  it('an energy outside its support is a null', async () => {
    const rows = objectsOf(await collected(of(floats({ x0: [2, -2] })).pipe(evaluate(exponential({}), { executor }))))
    expect(rows.map(({ energy }) => energy === null)).toEqual([false, true])
  })

  it('needs noise levels for a density', () => {
    const { noise: _, ...spec } = gaussian.spec
    expect(() => evaluate(new Model('plain', spec, {}), { log_density: {} })).toThrow(expect.objectContaining({ code: 'model_noise' }) as Error)
  })
})
