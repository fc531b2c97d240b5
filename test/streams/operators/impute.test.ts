import { DateDay, Dictionary, Float32, Float64, Int32, Utf8, type RecordBatch } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, describe, expect, it } from 'vitest'
import { inlineExecutor } from '../../../src/engine/index.ts'
import { geometric } from '../../../src/models/noise/geometric.ts'
import { annealedLangevin } from '../../../src/models/samplers/annealed-langevin.ts'
import { ddim } from '../../../src/models/samplers/ddim.ts'
import { langevin } from '../../../src/models/samplers/langevin.ts'
import { table as tableEncoding } from '../../../src/streams/encodings/table.ts'
import { values } from '../../../src/streams/encodings/values.ts'
import { Model } from '../../../src/streams/model.ts'
import { impute } from '../../../src/streams/operators/impute.ts'
import { mask } from '../../../src/streams/operators/mask.ts'
import { correlatedScore, gaussianScore, modelOf } from '../../statistics/score-models.ts'
import { needs } from '../../needs.ts'
import { bytesBatch } from '../image-batches.ts'
import { collected, floats, objectsOf, table, valuesOf } from '../batches.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const noise = geometric({ largest: 4, smallest: 0.1, levels: 4 })
const model = modelOf('correlated', 2, noise, correlatedScore(0.5))
const sampler = ddim({ steps: 8, eta: 1 })
const options = { executor, seed: 3 }

const ROWS = table({
  id: [new Utf8(), ['a', 'b', 'c', 'd', 'e']],
  x0: [new Float32(), [0.25, null, NaN, 4, null]],
  x1: [new Float32(), [1, 2, 3, null, null]],
})
const filled = (batches: readonly RecordBatch[]) => objectsOf(batches) as { id: string; x0: number; x1: number; draw?: number }[]

describe('impute', () => {
  it('fills nulls and NaN, and leaves what is known as it is', async () => {
    const batches = await collected(of(ROWS).pipe(impute(model, sampler, options)))
    expect(batches[0]?.schema.names).toEqual(['id', 'x0', 'x1'])
    const rows = filled(batches)
    expect(rows.map(({ id, x1 }) => [id, x1]).slice(0, 3)).toEqual([['a', 1], ['b', 2], ['c', 3]])
    expect([rows[0]?.x0, rows[3]?.x0]).toEqual([0.25, 4])
    const drawn = [rows[1]?.x0, rows[2]?.x0, rows[3]?.x1, rows[4]?.x0, rows[4]?.x1]
    expect(drawn.every((value) => Number.isFinite(value))).toBe(true)
    expect(new Set(drawn).size).toBe(5)
  })

  it('a row does not depend on the batches, nor on other rows', async () => {
    const whole = filled(await collected(of(ROWS).pipe(impute(model, sampler, options))))
    const parts = filled(await collected(of(ROWS.slice(0, 2), ROWS.slice(2, 5)).pipe(impute(model, sampler, options))))
    parts.forEach((row, i) => {
      expect(row.x0).toBeCloseTo(whole[i]?.x0 as number, 4)
      expect(row.x1).toBeCloseTo(whole[i]?.x1 as number, 4)
    })
    const others = filled(await collected(of(ROWS).pipe(impute(model, sampler, { ...options, seed: 4 }))))
    expect(others[1]?.x0).not.toBeCloseTo(whole[1]?.x0 as number, 2)
  })

  it('fills each row several times', async () => {
    const rows = filled(await collected(of(ROWS).pipe(impute(model, sampler, { ...options, draws: 3 }))))
    expect(rows.map(({ id, draw }) => [id, draw])).toEqual(['a', 'b', 'c', 'd', 'e'].flatMap((id) => [0, 1, 2].map((draw) => [id, draw])))
    expect(rows.slice(0, 3).map(({ x0, x1 }) => [x0, x1])).toEqual([[0.25, 1], [0.25, 1], [0.25, 1]])
    expect(new Set(rows.slice(3, 6).map(({ x0 }) => x0)).size).toBe(3)
    await expect(collected(of(floats({ x0: [1], x1: [NaN], draw: [1] })).pipe(impute(model, sampler, { ...options, draws: 2 })))).rejects.toMatchObject({ code: 'data_column', details: { column: 'draw' } })
  })

  it('of a table gives its own types, categories and ranges', async () => {
    const types = { n: new Int32(), c: new Utf8(), k: new Int32() }
    const training = table({ n: [types.n, [10, 20, 30, 40]], c: [types.c, ['x', 'y', 'x', 'y']], k: [types.k, [5, 5, 5, 5]] })
    const encoding = tableEncoding({})
    const fitted = encoding.fit(training.schema, [training])
    const of3 = new Model('table', { ...modelOf('three', 3, noise, gaussianScore(1)).spec, variables: fitted.variables }, {}, { encoding: fitted })
    const rows = table({ n: [types.n, [11, null, 33]], c: [types.c, ['x', 'y', 'never seen']], k: [types.k, [5, 6, null]] })
    const [one, two, three] = objectsOf(await collected(of(rows).pipe(impute(of3, sampler, options)))) as { n: number; c: string; k: number }[]
    expect([one, two?.c, two?.k, three?.n, three?.k]).toEqual([{ n: 11, c: 'x', k: 5 }, 'y', 6, 33, 5])
    expect(Number.isInteger(two?.n) && (two?.n as number) >= 10 && (two?.n as number) <= 40).toBe(true)
    expect(['x', 'y']).toContain(three?.c)
  })

  it('converts known values to the types of the table, beyond its range too, whatever type they come in', async () => {
    const training = table({ v: [new Float64(), [1, 2, 3, 4]], c: [new Utf8(), ['x', 'y', 'x', 'y']], k: [new Float64(), [5, 5, 5, 5]], t: [new Utf8(), ['a', 'a', 'a', 'a']] })
    const encoding = tableEncoding({ numeric: 'quantile' })
    const fitted = encoding.fit(training.schema, [training])
    const of3 = new Model('table', { ...modelOf('three', 3, noise, gaussianScore(1)).spec, variables: fitted.variables }, {}, { encoding: fitted })
    const text = new Dictionary(new Utf8(), new Int32())
    const rows = table({ v: [new Int32(), [1000, null, 7]], c: [text, [null, 'y', 'x']], k: [new Int32(), [6, 5, null]], t: [text, ['b', null, 'a']] })
    const [batch] = await collected(of(rows).pipe(impute(of3, sampler, options)))
    expect(batch?.schema.fields.map(({ type }) => String(type))).toEqual(['Float64', 'Utf8', 'Float64', 'Utf8'])
    const [one, two, three] = objectsOf([batch as RecordBatch])
    expect(one).toMatchObject({ v: 1000, k: 6, t: 'b' })
    expect(two).toMatchObject({ c: 'y', k: 5, t: 'a' })
    expect(three).toMatchObject({ v: 7, c: 'x', k: 5, t: 'a' })
    expect(two?.v as number >= 1 && two?.v as number <= 4).toBe(true)
    const days = table({ v: [new Float64(), [null]], c: [new Utf8(), ['x']], k: [new DateDay(), [new Date(0)]], t: [new Utf8(), ['a']] })
    await expect(collected(of(days).pipe(impute(of3, sampler, options)))).rejects.toMatchObject({ code: 'data_column', details: { column: 'k' } })
  })

  it('takes a column of nulls alone for missing, whatever its type', async () => {
    const training = table({ v: [new Float64(), [1, 2, 3, 4]], c: [new Utf8(), ['x', 'y', 'x', 'y']], t: [new DateDay(), [0, 1, 2, 3].map((day) => new Date(day * 86_400_000))], k: [new Utf8(), ['a', 'a', 'a', 'a']] })
    const encoding = tableEncoding({})
    const fitted = encoding.fit(training.schema, [training])
    const of4 = new Model('table', { ...modelOf('four', 4, noise, gaussianScore(1)).spec, variables: fitted.variables }, {}, { encoding: fitted })
    const nothing = [new Int32(), [null, null]] as const
    const [batch] = await collected(of(table({ v: [new Utf8(), [null, null]], c: nothing, t: nothing, k: nothing })).pipe(impute(of4, sampler, options)))
    expect(batch?.schema.fields.map(({ type }) => String(type))).toEqual(training.schema.fields.map(({ type }) => String(type)))
    for (const row of objectsOf([batch as RecordBatch])) {
      expect(row.v as number >= 1 && row.v as number <= 4).toBe(true)
      expect(row).toMatchObject({ c: expect.stringMatching(/^[xy]$/) as string, k: 'a' })
      expect(row.t).not.toBeNull()
    }
    await expect(collected(of(table({ v: [new Float64(), [1, 2]], c: [new Int32(), [1, null]], t: nothing, k: nothing })).pipe(impute(of4, sampler, options)))).rejects.toMatchObject({ code: 'data_column', details: { column: 'c' } })
  })

  it('completes images whose pixels were masked', async () => {
    const images = bytesBatch([[0, 51, 102, 255], [255, 0, 0, 51]], [2, 2])
    const encoding = values({})
    const fitted = encoding.fit(images.schema, [])
    const pictures = new Model('pictures', { ...modelOf('four', 4, noise, gaussianScore(0.3)).spec, variables: fitted.variables }, {}, { encoding: fitted })
    const batches = await collected(of(images).pipe(mask({ region: { top: 1 } }), impute(pictures, annealedLangevin({ steps_per_level: 3 }), options)))
    expect(batches[0]?.schema.fields.map(({ name, type, metadata }) => [name, String(type), metadata.get('heatbath.shape')])).toEqual([['x', 'FixedSizeList[4]<Float32>', '[2,2]']])
    const [one, two] = valuesOf(batches, 'x').map((image) => [...(image as Iterable<number>)])
    expect([one?.slice(0, 2), two?.slice(0, 2)]).toEqual([[0, 0.2].map(Math.fround), [1, 0]])
    expect([...one?.slice(2) ?? [], ...two?.slice(2) ?? []].every((pixel) => Number.isFinite(pixel))).toBe(true)
    expect(new Set([...one?.slice(2) ?? [], ...two?.slice(2) ?? []]).size).toBe(4)
  })

  it('needs noise levels, and a sampler that goes over them', () => {
    const { noise: _, ...spec } = model.spec
    expect(() => impute(new Model('plain', spec, {}), sampler)).toThrow(expect.objectContaining({ code: 'model_noise' }) as Error)
    expect(() => impute(model, langevin({ step_size: 0.1 }))).toThrow(expect.objectContaining({ code: 'sampler_needs' }) as Error)
  })
})
