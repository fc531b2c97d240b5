import { Field, FixedSizeList, Int32, Schema, Uint8, Utf8, makeData } from 'apache-arrow'
import { EMPTY, NEVER, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { table } from '../../../src/streams/encodings/table.ts'
import { values } from '../../../src/streams/encodings/values.ts'
import type { Model } from '../../../src/streams/model.ts'
import type { OperatorContext } from '../../../src/streams/operators/contract.ts'
import { encode, encodedFor } from '../../../src/streams/operators/encode.ts'
import { collected, floats, ints, table as batch, valuesOf } from '../batches.ts'
import { marbles } from '../marbles.ts'

const fitted = (first: ReturnType<typeof floats>) => values({}).fit(first.schema, [first])
const lists = (batches: Awaited<ReturnType<typeof collected>>): number[][] => (valuesOf(batches as never, 'x') as Iterable<number>[]).map((row) => [...row])

describe('encode', () => {
  it('gives one list column x', async () => {
    const rows = floats({ x0: [1, 2], x1: [3, 4] })
    const encoded = await collected(of(rows).pipe(encode(fitted(rows))))
    expect(lists(encoded)).toEqual([[1, 3], [2, 4]])
    expect(encoded[0]?.schema.fields.map(String)).toEqual(['x: FixedSizeList[2]<Float32>'])
  })

  it('keeps the shape of images, their bytes scaled', async () => {
    const type = new FixedSizeList(4, new Field('item', new Uint8(), false))
    const schema = new Schema([new Field('x', type, false, new Map([['heatbath.shape', '[2,2]']]))])
    const image = recordBatch(schema, 1, [makeData({ type, length: 1, nullCount: 0, child: makeData({ type: new Uint8(), data: Uint8Array.of(0, 51, 204, 255) }) })])
    const [encoded] = await collected(of(image).pipe(encode(values({}).fit(schema, [image]))))
    expect(lists([encoded])[0]).toEqual([0, 0.2, 0.8, 1].map(Math.fround))
    expect(encoded?.schema.fields[0]?.metadata.get('heatbath.shape')).toBe('[2,2]')
  })

  it('names column and row of a value that is not finite, counted from the start of the stream', async () => {
    const stream = of(floats({ a: [1, 2], b: [3, 4] }), floats({ a: [1, 2, 3], b: [3, 4, NaN] }))
    const error = collected(stream.pipe(encode(fitted(floats({ a: [], b: [] })))))
    await expect(error).rejects.toMatchObject({ code: 'data_not_finite', details: { column: 'b', row: 4, value: 'NaN' } })
  })

  it('takes a null for such a value too', async () => {
    const rows = batch({ v: [new Int32(), [1, null]] })
    await expect(collected(of(rows).pipe(encode(values({ columns: ['v'] }).fit(rows.schema, []))))).rejects.toMatchObject({ code: 'data_not_finite', details: { column: 'v', row: 1, value: 'null' } })
  })

  it('leaves such rows out when told to, and batches without others', async () => {
    const stream = of(floats({ a: [1, NaN, 3], b: [1, 2, -Infinity] }), floats({ a: [NaN], b: [1] }), floats({ a: [5], b: [6] }))
    const encoded = await collected(stream.pipe(encode(fitted(floats({ a: [], b: [] })), { on_invalid: 'drop' })))
    expect(lists(encoded)).toEqual([[1, 1], [5, 6]])
    expect(encoded.length).toBe(2)
  })

  it('before an operator, fills batches up again where rows were left out; those that a model has seen are whole ones', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 || (i > 10 && i < 20) ? NaN : i))
    const batches = Array.from({ length: 10 }, (_, i) => floats({ a: rows.slice(4 * i, 4 * i + 4) }))
    const encoding = fitted(floats({ a: [] }))
    const model = { encoding, spec: {} } as Model
    const found = async (on_invalid: 'error' | 'drop', seen: number, of$ = batches) =>
      (await collected(of(...of$).pipe(encodedFor(model, { seed: 0, site: 'training', seen } as OperatorContext, on_invalid, (source) => source)))).map((batch) => lists([batch]).flat())
    const kept = rows.filter((value) => !Number.isNaN(value))
    const whole = [0, 4, 8, 12, 16].map((at) => kept.slice(at, at + 4))
    expect(kept.length).toBe(20)
    expect(await found('drop', 0)).toEqual(whole)
    expect(await found('drop', 2)).toEqual(whole.slice(2))
    expect(await found('drop', 0, [...batches, floats({ a: [40, NaN] }), floats({ a: [41] })])).toEqual([...whole, [40, 41]])
    expect((await found('error', 0, [floats({ a: [1] }), floats({ a: [2, 3] })])).map(({ length }) => length)).toEqual([1, 2])
  })

  it('knows an unknown category from a null', async () => {
    const sample = batch({ c: [new Utf8(), ['a', 'b']] })
    const encoding = table({}).fit(sample.schema, [sample])
    await expect(collected(of(batch({ c: [new Utf8(), ['a', 'z']] })).pipe(encode(encoding)))).rejects.toMatchObject({ code: 'data_category', details: { column: 'c', row: 1, value: 'z' } })
    await expect(collected(of(batch({ c: [new Utf8(), [null]] })).pipe(encode(encoding)))).rejects.toMatchObject({ code: 'data_not_finite', details: { column: 'c', row: 0, value: 'null' } })
  })

  it('keys the noise of categories by row, stream and seed, not by batch', async () => {
    const sample = batch({ c: [new Utf8(), ['a', 'b', 'a', 'b']] })
    const encoding = table({}).fit(sample.schema, [sample])
    const rows = async (options: Parameters<typeof encode>[1], ...batches: (typeof sample)[]) => lists(await collected(of(...batches).pipe(encode(encoding, options))))
    const whole = await rows({ seed: 1 }, sample)
    expect(await rows({ seed: 1 }, sample.slice(0, 1), sample.slice(1, 4))).toEqual(whole)
    expect(await rows({ seed: 2 }, sample)).not.toEqual(whole)
    expect(await rows({ seed: 1, stream: 'other' }, sample)).not.toEqual(whole)
    expect(whole[0]).not.toEqual(whole[2])
  })

  it('in time, and with never, empty, error and early leave', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const encoding = values({ columns: ['v'] }).fit(ints(1).schema, [])
    const source = cold('a-b|', { a: ints(1), b: ints(2) })
    const out = (value: number) => [[[value]]]
    expectObservable(source.pipe(encode(encoding)), '^-!').toBe('a', { a: out(1) as never })
    expectSubscriptions(source.subscriptions).toBe('^-!')
    expectObservable(NEVER.pipe(encode(encoding))).toBe('----')
    expectObservable(EMPTY.pipe(encode(encoding))).toBe('|')
    expectObservable(cold('a-#', { a: ints(1) }).pipe(encode(encoding))).toBe('a-#', { a: out(1) as never })
    expectObservable(cold('a-b|', { a: ints(1), b: floats({ w: [1] }) }).pipe(encode(encoding))).toBe('a-#', { a: out(1) as never }, { code: 'data_column' } as never)
  }))
})
