import { Dictionary, Field, Int32, RecordBatch, Schema, tableFromIPC, Utf8, vectorFromArray, type Data } from 'apache-arrow'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeStream } from '../../../src/streams/arrow/ipc.ts'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { copyBatches } from '../../../src/streams/arrow/rows.ts'
import { ndjson } from '../../../src/streams/arrow/text.ts'
import { needs } from '../../needs.ts'
import { cut, everyType, particles, PARTICLES } from '../sinks/rows.ts'
import { python, runFolder } from '../sinks/world.ts'

const encode = (schema: Schema, batches: readonly RecordBatch[]): Buffer => {
  const encoder = encodeStream(schema)
  return Buffer.concat([...encoder.start(), ...batches.flatMap((batch) => encoder.batch(batch)), ...encoder.end()])
}
const textOf = (batches: readonly RecordBatch[]): string => batches.map(ndjson).join('')

describe('a stream', () => {
  test('gives back the schema, the batches and the rows', () => {
    const batches = particles(3, 100)
    const table = tableFromIPC(encode(PARTICLES, batches))
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([100, 100, 100])
    expect(table.schema.metadata).toEqual(PARTICLES.metadata)
    expect(textOf(table.batches)).toBe(textOf(batches))
  })

  test('gives back columns of every type, whole or sliced', () => {
    const whole = everyType(2000)
    expect(textOf(tableFromIPC(encode(whole.schema, [whole])).batches)).toBe(ndjson(whole))
    expect(textOf(tableFromIPC(encode(whole.schema, cut(whole, 77))).batches)).toBe(ndjson(whole))
  })

  test('of no batches has its schema', () => {
    const table = tableFromIPC(encode(PARTICLES, []))
    expect(table.schema.names).toEqual(PARTICLES.names)
    expect(table.numRows).toBe(0)
  })

  test('keeps empty batches', () => {
    const [batch] = particles(1, 10) as [RecordBatch]
    expect(tableFromIPC(encode(PARTICLES, [batch, batch.slice(3, 3), batch])).numRows).toBe(20)
  })
})

test('bytes follow from the rows, not from what they are a slice of', () => {
  const whole = everyType(500)
  for (const [from, to] of [[0, 500], [8, 16], [13, 100], [250, 499], [499, 500]] as const) {
    const slice = whole.slice(from, to)
    expect(encode(whole.schema, [slice]).equals(encode(whole.schema, [copyBatches([slice, slice.slice(0, 0)])]))).toBe(true)
  }
})

test('every message and buffer begins at a multiple of 8', () => {
  const encoder = encodeStream(PARTICLES)
  const sizes = [encoder.start(), ...particles(2, 13).map((batch) => encoder.batch(batch)), encoder.end()].map((chunks) => chunks.reduce((sum, { length }) => sum + length, 0))
  for (const size of sizes) expect(size % 8).toBe(0)
})

test('large columns are passed on, not copied', () => {
  const [batch] = particles(1, 10_000) as [RecordBatch]
  const encoder = encodeStream(PARTICLES)
  encoder.start()
  const buffers = new Set(encoder.batch(batch).map(({ buffer }) => buffer))
  for (const name of ['step', 'chain', 'x0', 'x1', 'energy']) expect(buffers.has((batch.getChild(name)?.data[0]?.values as Float32Array).buffer)).toBe(true)
})

describe('dictionaries', () => {
  const type = new Dictionary(new Utf8(), new Int32())
  const schema = new Schema([new Field('word', type, true)])
  const batch = (words: readonly (string | null)[]): RecordBatch => recordBatch(schema, words.length, [vectorFromArray([...words], type).data[0] as Data])
  const wordsOf = (bytes: Buffer): unknown[] => [...(tableFromIPC(bytes).getChild('word') ?? [])]

  test('may change between batches', () => {
    expect(wordsOf(encode(schema, [batch(['a', 'b']), batch(['c', null, 'a'])]))).toEqual(['a', 'b', 'c', null, 'a'])
  })

  test('are not sent again while they are equal', () => {
    const words = Array.from({ length: 100 }, (_, i) => `word ${i}`)
    const once = encode(schema, [batch(words)]).length
    expect(encode(schema, [batch(words), batch(words)]).length).toBeLessThan(once + 1000)
  })

  test('of two columns are told apart, though their type is one', () => {
    const both = new Schema([new Field('a', type, true), new Field('b', type, true)])
    const column = (words: readonly string[]): Data => vectorFromArray([...words], type).data[0] as Data
    const table = tableFromIPC(encode(both, [recordBatch(both, 2, [column(['x', 'y']), column(['y', 'z'])])]))
    expect(table.toArray().map((row) => row?.toJSON())).toEqual([{ a: 'x', b: 'y' }, { a: 'y', b: 'z' }])
  })

  test('have the same bytes however many the process has made before', () => {
    const other = new Schema([new Field('word', new Dictionary(new Utf8(), new Int32()), true)])
    expect(encode(other, [batch(['a', 'b'])]).equals(encode(schema, [batch(['a', 'b'])]))).toBe(true)
  })
})

test('nothing grows with the number of batches', () => {
  const encoder = encodeStream(PARTICLES) as unknown as Record<string, unknown[]>
  const [batch] = particles(1, 10) as [RecordBatch]
  ;(encoder as unknown as ReturnType<typeof encodeStream>).start()
  for (let i = 0; i < 100; i++) (encoder as unknown as ReturnType<typeof encodeStream>).batch(batch)
  for (const [name, value] of Object.entries(encoder)) if (Array.isArray(value)) expect([name, value.length]).toEqual([name, 0])
})

test('a batch of another schema is an error', () => {
  const encoder = encodeStream(PARTICLES)
  encoder.start()
  expect(() => encoder.batch(everyType(1))).toThrow(expect.objectContaining({ code: 'stream_schema' }))
})

describe('other readers', () => {
  needs('python')
  const run = runFolder()

  test('pyarrow finds every buffer whole and polars and DuckDB the same rows', () => {
    const whole = everyType(3000)
    const file = path.join(run.folder, 'every.arrows')
    writeFileSync(file, encode(whole.schema, cut(whole, 321)))
    expect(python('read_stream.py', file)).toEqual({ rows: 3000, polars: true, duckdb: true })
  })
})
