import { Field, FixedSizeList, Float32, Float64, Int32, makeData, Schema, Uint8, Utf8, type RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import type { FittedEncoding } from '../../../src/streams/encodings/contract.ts'
import { values } from '../../../src/streams/encodings/values.ts'
import { floats, lists, table } from '../batches.ts'
import { rowsOf } from '../arrow/arbitrary-batches.ts'

const fit = (batch: RecordBatch, config = {}): FittedEncoding => values(config).fit(batch.schema, [batch])
const decoded = (encoding: FittedEncoding, coordinates: Float32Array): RecordBatch => {
  const columns = encoding.decode(coordinates)
  return recordBatch(new Schema([...encoding.fields]), columns[0]?.length ?? 0, columns)
}
const restored = (encoding: FittedEncoding): FittedEncoding => values({}).restore(JSON.parse(JSON.stringify(encoding.parameters)))

const images = (bytes: readonly number[], size: number, shape?: string): RecordBatch => {
  const type = new FixedSizeList(size, new Field('item', new Uint8(), false))
  const field = new Field('x', type, false, new Map(shape === undefined ? [] : [['heatbath.shape', shape]]))
  const child = makeData({ type: new Uint8(), data: Uint8Array.from(bytes) })
  return recordBatch(new Schema([field, new Field('label', new Uint8(), false)]), bytes.length / size, [
    makeData({ type, length: bytes.length / size, nullCount: 0, child }), makeData({ type: new Uint8(), data: new Uint8Array(bytes.length / size) }),
  ])
}

describe('values', () => {
  it('takes x where there is one, else all floats, else what it is told', () => {
    expect(fit(images([1, 2, 3, 4], 2)).variables).toEqual([{ name: 'x', shape: [2] }])
    const mixed = table({ id: [new Int32(), [1]], a: [new Float32(), [1]], b: [new Float64(), [2]], t: [new Utf8(), ['']] })
    expect(fit(mixed).variables).toEqual([{ name: 'a' }, { name: 'b' }])
    expect(fit(mixed, { columns: ['id', 'a'] }).variables).toEqual([{ name: 'id' }, { name: 'a' }])
  })

  it('encodes and decodes columns of numbers without a change', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true })), { minLength: 1 }), (rows) => {
      const batch = floats({ x0: rows.map(([a]) => a), x1: rows.map(([, b]) => b) })
      for (const encoding of [fit(batch), restored(fit(batch))]) {
        const coordinates = encoding.encode(batch)
        expect([...coordinates]).toEqual(rows.flat())
        expect(rowsOf(decoded(encoding, coordinates))).toEqual(rowsOf(batch))
      }
    }))
  })

  it('passes a list of float32 on without a copy, both ways', () => {
    const batch = lists([[1, 2], [3, 4]])
    const coordinates = fit(batch).encode(batch)
    expect(coordinates.buffer).toBe((batch.data.children[0]?.children[0]?.values as Float32Array).buffer)
    expect((decoded(fit(batch), coordinates).data.children[0]?.children[0]?.values as Float32Array).buffer).toBe(coordinates.buffer)
  })

  it('scales bytes to [0, 1] and keeps the shape', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }), (bytes) => {
      const batch = images(bytes, 4, '[2,2]')
      const encoding = restored(fit(batch))
      expect([...encoding.encode(batch)]).toEqual(bytes.map((byte) => Math.fround(byte / 255)))
      expect(encoding.variables).toEqual([{ name: 'x', shape: [2, 2] }])
      const back = decoded(encoding, encoding.encode(batch))
      expect(back.schema.fields[0]?.metadata.get('heatbath.shape')).toBe('[2,2]')
      expect(String(back.schema.fields[0]?.type)).toBe('FixedSizeList[4]<Float32>')
      expect([...(back.getChild('x')?.get(0) as Iterable<number>)].map((value) => Math.round(value * 255))).toEqual(bytes)
    }))
  })

  it('puts lists and scalars beside each other', () => {
    const schema = new Schema([...lists([[1, 2]]).schema.fields, new Field('y', new Float32(), false)])
    const batch = recordBatch(schema, 2, [...lists([[1, 2], [3, 4]]).data.children, ...floats({ y: [5, 6] }).data.children] as never)
    const encoding = fit(batch, { columns: ['y', 'x'] })
    expect([...encoding.encode(batch)]).toEqual([5, 1, 2, 6, 3, 4])
    expect(rowsOf(decoded(encoding, encoding.encode(batch)))).toEqual([[5, [1, 2]], [6, [3, 4]]])
  })

  it('marks nulls alone, whatever type they come in', () => {
    const nulls = table({ x: [new Utf8(), [null, null]] })
    expect([...fit(images([1, 2, 3, 4], 2)).encode(nulls, { invalid: 'mark' })]).toEqual([NaN, NaN, NaN, NaN])
    expect([...fit(floats({ x: [1] })).encode(nulls, { invalid: 'mark' })]).toEqual([NaN, NaN])
    expect(() => fit(floats({ x: [1] })).encode(nulls)).toThrow(expect.objectContaining({ code: 'data_not_finite' }))
  })

  it('names what it cannot encode', () => {
    const batch = floats({ a: [1, NaN] })
    const finite = 'in the query (WHERE "a" IS NOT NULL AND isfinite("a"))'
    expect(() => fit(batch).encode(batch)).toThrow(expect.objectContaining({ code: 'data_not_finite', details: { column: 'a', row: 1, value: 'NaN', remedy: finite } }))
    expect(() => fit(batch).encode(batch, { first_row: 10 })).toThrow(expect.objectContaining({ details: { column: 'a', row: 11, value: 'NaN', remedy: finite } }))
    expect([...fit(batch).encode(batch, { invalid: 'mark' })]).toEqual([1, NaN])
    expect(() => fit(batch, { columns: ['b'] })).toThrow('column b is not there; there are a')
    expect(() => fit(table({ t: [new Utf8(), ['']] }))).toThrow('nor is any column of floats; there are t')
    expect(() => fit(table({ t: [new Utf8(), ['']] }), { columns: ['t'] })).toThrow('column t is Utf8, not numbers')
    expect(() => fit(lists([[1, 2]])).encode(lists([[1, 2, 3]]))).toThrow('column x has 3 numbers in a row, not 2')
    expect(() => fit(images([1, 2], 2)).encode(lists([[1, 2]]))).toThrow('column x is not of bytes (uint8), as it was when the encoding was fitted')
    expect(() => fit(lists([[1, 2]])).encode(images([1, 2], 2))).toThrow('column x is of bytes')
  })

  it('decodes NaN to NaN', () => {
    expect(rowsOf(decoded(fit(floats({ a: [1] })), Float32Array.of(NaN, 2)))).toEqual([[NaN], [2]])
  })

  it('refuses parameters of another encoding', () => {
    expect(() => values({}).restore({ columns: [] })).toThrow()
  })
})
