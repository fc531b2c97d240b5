import { Dictionary, Field, Int32, Int8, makeData, RecordBatch, Schema, Utf8, Vector, vectorFromArray, tableFromIPC, RecordBatchStreamWriter, DenseUnion, type Data } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { float32Column, listColumn, listType, recordBatch } from '../../../src/streams/arrow/columns.ts'
import { concatBatches, copyBatches, filterRows, gatherRows } from '../../../src/streams/arrow/rows.ts'
import { batchesOf, KINDS, rowsOf } from './arbitrary-batches.ts'

const picksOf = (batches: readonly RecordBatch[]): fc.Arbitrary<[number, number][]> => {
  const all = batches.flatMap((batch, b) => Array.from({ length: batch.numRows }, (_, row): [number, number] => [b, row]))
  return all.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...all), { maxLength: 60 })
}

describe.each(Object.keys(KINDS))('a column of %s', (kind) => {
  it('is joined as Arrow reads it', () => {
    fc.assert(fc.property(batchesOf([kind]), (batches) => {
      expect(rowsOf(copyBatches(batches))).toEqual(batches.flatMap(rowsOf))
    }), { numRuns: 60 })
  })

  it('is picked as Arrow reads it', () => {
    fc.assert(fc.property(batchesOf([kind]).chain((batches) => fc.tuple(fc.constant(batches), picksOf(batches))), ([batches, picks]) => {
      const picked = gatherRows(batches, Uint32Array.from(picks, ([b]) => b), Uint32Array.from(picks, ([, row]) => row))
      expect(rowsOf(picked)).toEqual(picks.map(([b, row]) => rowsOf(batches[b] as RecordBatch)[row]))
    }), { numRuns: 60 })
  })

  it('is joined and picked again after it was joined', () => {
    fc.assert(fc.property(batchesOf([kind]), fc.func(fc.boolean()), (batches, keeps) => {
      const joined = copyBatches([...batches, copyBatches(batches)])
      const all = rowsOf(joined)
      const kept = filterRows(joined, Uint8Array.from(all, (_, i) => Number(keeps(i))))
      expect(rowsOf(kept)).toEqual(all.filter((_, i) => keeps(i)))
    }), { numRuns: 30 })
  })
})

describe('concatBatches', () => {
  it('keeps several columns and the schema', () => {
    fc.assert(fc.property(batchesOf(['int64', 'utf8', 'fixed_list', 'bool', 'dictionary']), (batches) => {
      const joined = concatBatches(batches)
      expect(rowsOf(joined)).toEqual(batches.flatMap(rowsOf))
      expect(joined.schema.fields.map(String)).toEqual((batches[0] as RecordBatch).schema.fields.map(String))
    }), { numRuns: 60 })
  })

  it('gives a single batch back as it is', () => {
    const batch = texts(['a'])
    expect(concatBatches([batch])).toBe(batch)
    expect(copyBatches([batch])).not.toBe(batch)
  })

  it('can be written as IPC and read again', () => {
    fc.assert(fc.property(batchesOf(['int8', 'utf8', 'fixed_list', 'bool', 'dictionary', 'list_of_text']), (batches) => {
      const joined = copyBatches(batches)
      const table = tableFromIPC(RecordBatchStreamWriter.writeAll([joined]).toUint8Array(true))
      expect(table.batches.flatMap(rowsOf)).toEqual(batches.flatMap(rowsOf))
    }), { numRuns: 40 })
  })

  it('names the columns when their types change', () => {
    expect(() => concatBatches([texts(['a']), numbers([1])])).toThrowError(expect.objectContaining({ code: 'stream_schema', message: expect.stringContaining('x Int32 after batches of x Utf8') }))
  })

  it('names a column of a type that it cannot join', () => {
    const type = new DenseUnion(Int32Array.of(0), [new Field('a', new Int32())])
    const data = makeData({ type, typeIds: Int8Array.of(0), valueOffsets: Int32Array.of(0), children: [column([1])] }) as Data
    const batch = recordBatch(new Schema([new Field('u', type, true)]), 1, [data])
    expect(() => concatBatches([batch, batch])).toThrowError(expect.objectContaining({ code: 'data_column' }))
  })
})

describe('dictionaries', () => {
  const batch = (dictionary: Vector, indices: ArrayLike<number>): RecordBatch => {
    const type = new Dictionary(new Utf8(), new Int8(), 1)
    const data = makeData({ type, length: indices.length, nullCount: 0, data: Int8Array.from(indices), dictionary })
    return recordBatch(new Schema([new Field('c', type, true)]), indices.length, [data])
  }
  const words = (...values: string[]): Vector => vectorFromArray(values, new Utf8())
  const dictionaryOf = (batch: RecordBatch): Vector => (batch.data.children[0] as Data).dictionary as Vector

  it('that are one stay as they are', () => {
    const shared = words('a', 'b')
    const joined = concatBatches([batch(shared, [0, 1]), batch(shared, [1])])
    expect(dictionaryOf(joined)).toBe(shared)
    expect(rowsOf(joined)).toEqual([['a'], ['b'], ['b']])
  })

  it('that differ are united, each value once, the first in its own order', () => {
    const joined = concatBatches([batch(words('a', 'b'), [0, 1]), batch(words('c', 'a'), [0, 1])])
    expect([...dictionaryOf(joined)]).toEqual(['a', 'b', 'c'])
    expect(rowsOf(joined)).toEqual([['a'], ['b'], ['c'], ['a']])
  })

  it('that bring nothing new leave the first in place', () => {
    const first = words('a', 'b')
    expect(dictionaryOf(concatBatches([batch(first, [0]), batch(words('b'), [0])]))).toBe(first)
  })

  it('that outgrow their indices are an error', () => {
    const many = (from: number): Vector => words(...Array.from({ length: 100 }, (_, i) => `${from + i}`))
    expect(() => concatBatches([batch(many(0), [0]), batch(many(100), [0])])).toThrowError(expect.objectContaining({ code: 'data_column', message: expect.stringContaining('200 categories') }))
  })
})

describe('gatherRows', () => {
  it('picks 60 000 images at 200 000 rows per second or more', () => {
    const rows = 1000
    const batches = Array.from({ length: 60 }, () => images(rows))
    const of = Uint32Array.from({ length: rows }, (_, i) => (i * 7919) % 60)
    const row = Uint32Array.from({ length: rows }, (_, i) => (i * 104_729) % rows)
    const rates = Array.from({ length: 20 }, () => {
      const begin = performance.now()
      gatherRows(batches, of, row)
      return rows / (performance.now() - begin) * 1000
    })
    expect(Math.max(...rates)).toBeGreaterThan(200_000)
  })
})

const column = (values: readonly number[]): Data => vectorFromArray([...values], new Int32()).data[0] as Data
const numbers = (values: readonly number[]): RecordBatch => recordBatch(new Schema([new Field('x', new Int32(), true)]), values.length, [column(values)])
const texts = (values: readonly string[]): RecordBatch => recordBatch(new Schema([new Field('x', new Utf8(), true)]), values.length, [vectorFromArray([...values], new Utf8()).data[0] as Data])
const images = (rows: number): RecordBatch =>
  recordBatch(new Schema([new Field('x', listType(784), false), new Field('y', float32Column(new Float32Array(0)).type, false)]), rows, [listColumn(new Float32Array(rows * 784), 784), float32Column(new Float32Array(rows))])
