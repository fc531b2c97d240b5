import { Bool, Dictionary, Field, FixedSizeList, Float64, Int32, Int64, Schema, Uint8, Utf8, type DataType, type RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { categories } from '../../../src/streams/encodings/categories.ts'
import type { FittedEncoding } from '../../../src/streams/encodings/contract.ts'
import { rowsOf } from '../arrow/arbitrary-batches.ts'
import { table as batchOf } from '../batches.ts'

const fit = (batch: RecordBatch, config: Parameters<typeof categories>[0] = {}): FittedEncoding => categories(config).fit(batch.schema, [batch])
const decoded = (encoding: FittedEncoding, coordinates: Float32Array): RecordBatch => {
  const columns = encoding.decode(coordinates)
  return recordBatch(new Schema([...encoding.fields]), columns[0]?.length ?? 0, columns)
}
const list = (size: number, item: DataType): FixedSizeList => new FixedSizeList(size, new Field('item', item, true))

describe('categories', () => {
  it.each<[string, DataType, unknown[], number[]]>([
    ['text', new Utf8(), ['b', 'a', 'ü', 'a'], [1, 0, 2, 0]],
    ['booleans', new Bool(), [true, false, true], [1, 0, 1]],
    ['integers, in order of their values', new Int32(), [10, -3, 9, 10], [2, 0, 1, 2]],
    ['integers of 64 bits', new Int64(), [10n, -3n, 9n], [2, 0, 1]],
    ['dictionaries', new Dictionary(new Utf8(), new Uint8() as unknown as Int32), ['b', 'a', 'b'], [1, 0, 1]],
    ['one category alone', new Utf8(), ['a', 'a'], [0, 0]],
    ['lists of text, one coordinate for each entry', list(3, new Utf8()), [['b', 'a', 'a'], ['c', 'c', 'b']], [1, 0, 0, 2, 2, 1]],
    ['lists of integers', list(2, new Uint8()), [[7, 0], [0, 0]], [1, 0, 0, 0]],
  ])('of %s are numbered, and given back with their type', (_, type, values, numbers) => {
    const batch = batchOf({ v: [type, values] })
    const encoding = fit(batch)
    expect([...encoding.encode(batch)]).toEqual(numbers)
    const size = numbers.length / values.length
    expect(encoding.states).toEqual(new Array(size).fill(new Set(numbers).size))
    const back = decoded(categories({}).restore(JSON.parse(JSON.stringify(encoding.parameters))), encoding.encode(batch))
    expect([back.schema.fields.map(String), rowsOf(back)]).toEqual([batch.schema.fields.map(String), rowsOf(batch)])
    expect([...encoding.encode(batch.slice(1, 2))]).toEqual(numbers.slice(size, 2 * size))
  })

  const batch = batchOf({ a: [new Utf8(), ['x', 'y']], b: [new Int32(), [3, 1]], c: [list(2, new Utf8()), [['p', 'q'], ['q', 'r']]] })

  it('are missing in nulls alone, whatever type these come in', () => {
    const nothing = (rows: number) => [new Float64(), new Array<null>(rows).fill(null)] as const
    expect([...fit(batch).encode(batchOf({ a: nothing(1), b: nothing(1), c: nothing(1) }), { invalid: 'mark' })]).toEqual([NaN, NaN, NaN, NaN])
  })

  it('come in the order asked for, without those left out', () => {
    const encoding = fit(batch, { columns: ['c', 'b', 'a'], exclude: ['b'] })
    expect(encoding.variables).toEqual([{ name: 'c', shape: [2] }, { name: 'a' }])
    expect([encoding.states, [...encoding.encode(batch)]]).toEqual([[3, 3, 2], [0, 1, 0, 1, 2, 1]])
  })

  it('are probabilities: no change of units adds to them', () => {
    expect([...fit(batch).logSlope(new Float32Array(8))]).toEqual([0, 0])
  })

  it('that coordinates do not number are nulls', () => {
    const encoding = fit(batch)
    expect(rowsOf(decoded(encoding, Float32Array.of(1.2, -1, 0, 7, 5, NaN, 2, 2)))).toEqual([['y', null, ['p', null]], [null, null, ['r', 'r']]])
  })

  it.each<[string, Record<string, readonly [DataType, readonly unknown[]]>, string, string]>([
    ['text that is not known', { a: [new Utf8(), ['x', 'z']], b: [new Int32(), [3, 1]] }, 'data_category', 'column a is z in row 11'],
    ['an integer that is not known', { a: [new Utf8(), ['x', 'y']], b: [new Int32(), [3, 2]] }, 'data_category', 'column b is 2 in row 11'],
    ['a null', { a: [new Utf8(), ['x', null]], b: [new Int32(), [3, 1]] }, 'data_not_finite', 'column a is null in row 11'],
    ['another type', { a: [new Float64(), [1, 2]], b: [new Int32(), [3, 1]] }, 'data_column', 'column a is Float64'],
  ])('say where there is %s', (_, columns, code, message) => {
    const encoding = fit(batch, { columns: ['a', 'b'] })
    expect(() => encoding.encode(batchOf(columns), { first_row: 10 })).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }))
  })

  it('say which entry of a list is not known', () => {
    const encoding = fit(batch, { columns: ['c'] })
    expect(() => encoding.encode(batchOf({ c: [list(2, new Utf8()), [['p', 'other']]] }))).toThrow(expect.objectContaining({ code: 'data_category' }))
    expect(() => encoding.encode(batchOf({ c: [list(3, new Utf8()), [['p', 'p', 'p']]] }))).toThrow(expect.objectContaining({ code: 'data_column' }))
  })

  it.each<[string, DataType, unknown[], string]>([
    ['numbers that are not whole', new Float64(), [1, 2], 'is Float64, not categories'],
    ['too many', new Int32(), Array.from({ length: 65 }, (_, i) => i), 'has 65 categories, more than max_categories (64)'],
    ['no rows', new Utf8(), [], 'has no rows'],
  ])('are not made of %s', (_, type, values, message) => {
    expect(() => fit(batchOf({ v: [type, values] }))).toThrow(expect.objectContaining({ code: 'data_column', message: expect.stringContaining(message) as unknown }))
  })

  it('are not fitted to nulls, unless those are dropped', () => {
    const some = batchOf({ v: [new Utf8(), ['x', null, 'y']] })
    expect(() => fit(some)).toThrow(expect.objectContaining({ code: 'data_not_finite', details: expect.objectContaining({ row: 1 }) as unknown }))
    expect(categories({}).fit(some.schema, [some], { on_invalid: 'drop' }).states).toEqual([2])
  })
})
