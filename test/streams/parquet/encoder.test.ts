import { Decimal, Dictionary, Field, Float32, Int32, Int64, makeData, Schema, Uint32, Utf8, vectorFromArray, type Data, type DataType, type RecordBatch } from 'apache-arrow'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { draws } from '../sinks/rows.ts'
import { codecOf, type Compression } from '../../../src/streams/parquet/codecs.ts'
import { ParquetEncoder } from '../../../src/streams/parquet/encoder.ts'

async function encoded(batch: RecordBatch, { compression = 'uncompressed' as Compression, rows }: { compression?: Compression; rows?: number } = {}): Promise<ArrayBuffer> {
  const encoder = new ParquetEncoder(batch.schema, { codec: codecOf(compression), ...(rows === undefined ? {} : { row_group_rows: rows }) })
  const bytes: Uint8Array[] = []
  await encoder.rows(batch, 0, batch.numRows, (chunks) => Promise.resolve(void bytes.push(...chunks.map((chunk) => chunk.slice()))))
  bytes.push(...await encoder.end())
  return new Uint8Array(Buffer.concat(bytes)).buffer
}
const one = (data: Data): RecordBatch => recordBatch(new Schema([new Field('a', data.type, true)]), data.length, [data])
const column = (values: readonly unknown[], type: DataType): RecordBatch => one(vectorFromArray([...values], type).data[0] as Data)
const chunk = (file: ArrayBuffer) => parquetMetadata(file).row_groups[0]?.columns[0]?.meta_data
const draw = draws(1)
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const valuesOf = async (file: ArrayBuffer): Promise<unknown[]> => (await parquetReadObjects({ file })).map(({ a }) => a as unknown)

describe('columns are written as is shortest and fast', () => {
  test.each<[string, readonly unknown[], DataType, readonly string[], number]>([
    ['a constant', range(10_000).map(() => 1), new Float32(), ['PLAIN', 'RLE_DICTIONARY'], 100],
    ['steps', range(10_000).map((i) => BigInt(Math.floor(i / 1000))), new Int64(), ['PLAIN', 'RLE_DICTIONARY'], 200],
    ['numbers of chains', range(10_000), new Uint32(), ['DELTA_BINARY_PACKED'], 800],
    ['identifiers', range(10_000).map(BigInt), new Int64(), ['DELTA_BINARY_PACKED'], 800],
    ['large identifiers', range(1000).map((i) => BigInt(i) << 40n), new Int64(), ['PLAIN'], 8100],
    ['random integers', range(1000).map(() => Math.floor(draw() * 2 ** 32) | 0), new Int32(), ['PLAIN'], 4100],
    ['noise', range(1000).map((i) => Math.sin(i)), new Float32(), ['PLAIN'], 4100],
    ['categories', range(10_000).map((i) => `category ${(i * 7) % 10}`), new Utf8(), ['PLAIN', 'RLE_DICTIONARY'], 5500],
    ['names', range(1000).map((i) => `name ${i}`), new Utf8(), ['PLAIN'], 13_000],
  ])('%s', async (_, values, type, encodings, bytes) => {
    const file = await encoded(column(values, type))
    expect(chunk(file)?.encodings).toEqual(encodings)
    expect(Number(chunk(file)?.total_compressed_size)).toBeLessThan(bytes)
    expect(await valuesOf(file)).toEqual(type instanceof Float32 ? values.map((value) => Math.fround(value as number)) : values)
  })

  test.each([new Int32(), new Int64()])('runs of any length: %s', async (type) => {
    const lengths = [1, 255, 256, 257, 1, 511, 512, 513, 3000, 2]
    const runs = lengths.flatMap((length, run) => Array.from({ length }, () => (run % 3) - 1))
    const values = type instanceof Int64 ? runs.map(BigInt) : runs
    const file = await encoded(column(values, type))
    expect(chunk(file)?.encodings).toEqual(['PLAIN', 'RLE_DICTIONARY'])
    expect(await valuesOf(file)).toEqual(values)
  })

  test('floats are grouped by the place of their bytes where the codec gains by it', async () => {
    const noise = column(range(10_000).map((i) => Math.sin(i)), new Float32())
    expect(chunk(await encoded(noise, { compression: 'gzip' }))).toMatchObject({ encodings: ['BYTE_STREAM_SPLIT'], codec: 'GZIP' })
  })

  test('what its codec does not make smaller is left uncompressed', async () => {
    expect(chunk(await encoded(column(range(10_000).map((i) => Math.sin(i)), new Float32()), { compression: 'snappy' }))?.codec).toBe('UNCOMPRESSED')
    expect(chunk(await encoded(column(range(10_000).map((i) => `name ${i}`), new Utf8()), { compression: 'snappy' }))?.codec).toBe('SNAPPY')
  })

  test('bits are kept: NaN with its payload, and the sign of zero', async () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffc00002, 0x80000000, 0, 0x7f800000)
    for (const repeat of [1, 100]) {
      const words = Uint32Array.from({ length: 5 * repeat }, (_, i) => bits[Math.floor(i / repeat)] as number)
      const file = await encoded(one(makeData({ type: new Float32(), length: words.length, nullCount: 0, data: new Float32Array(words.buffer) })))
      const found = Buffer.from(file)
      for (const word of bits) expect(found.indexOf(Buffer.from(Uint32Array.of(word).buffer))).toBeGreaterThan(0)
    }
  })
})

test.each([[9, 'INT32'], [18, 'INT64'], [19, 'FIXED_LEN_BYTE_ARRAY'], [38, 'FIXED_LEN_BYTE_ARRAY']] as const)('a decimal of %i digits is %s, with bounds in the order of numbers', async (precision, type) => {
  const numbers = [3, -2, null, 100, -100_000]
  const file = await encoded(column(numbers.map((number) => number === null ? null : Uint32Array.of(number, number >> 31, number >> 31, number >> 31)), new Decimal(2, precision, 128)))
  expect(chunk(file)).toMatchObject({ type, statistics: { null_count: 1n, min_value: -1000, max_value: 1 } })
  expect(await valuesOf(file)).toEqual([0.03, -0.02, null, 1, -1000])
})

test('a column of a dictionary and one of texts make the same chunk', async () => {
  const words = range(1000).map((i) => (i % 7 === 0 ? null : `word ${(i * i) % 13}`))
  const [texts, dictionary] = [await encoded(column(words, new Utf8())), await encoded(column(words, new Dictionary(new Utf8(), new Int32())))]
  const bytesOf = (file: ArrayBuffer): Buffer => Buffer.from(file, 0, 4 + Number(chunk(file)?.total_compressed_size))
  expect(bytesOf(dictionary).equals(bytesOf(texts))).toBe(true)
  expect(await valuesOf(dictionary)).toEqual(words)
})

test('a dictionary that changes from batch to batch is one column', async () => {
  const type = new Dictionary(new Utf8(), new Int32())
  const [first, second] = [column(['a', 'b', 'a'], type), column(['c', 'a', null], type)]
  const encoder = new ParquetEncoder(first.schema, { codec: codecOf('uncompressed') })
  for (const batch of [first, second]) await encoder.rows(batch, 0, 3, () => Promise.resolve())
  expect(await valuesOf(new Uint8Array(Buffer.concat(await encoder.end())).buffer)).toEqual(['a', 'b', 'a', 'c', 'a', null])
})

describe('row groups', () => {
  test('end at fixed numbers of rows', async () => {
    const file = await encoded(column(range(1000), new Int32()), { rows: 300 })
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([300, 300, 300, 100])
  })

  test('of wide rows are shorter', async () => {
    const size = 2 ** 20
    const item = makeData({ type: new Float32(), length: 20 * size, nullCount: 0, data: new Float32Array(20 * size) })
    const { listType } = await import('../../../src/streams/arrow/columns.ts')
    const file = await encoded(one(makeData({ type: listType(size), length: 20, nullCount: 0, child: item })))
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([8, 8, 4])
  })

  test('of long texts end where they have taken 32 MiB, at the same row however they come', async () => {
    const texts = column(range(9).map((i) => String(i).repeat(10 * 2 ** 20)), new Utf8())
    const whole = await encoded(texts)
    expect(parquetMetadata(whole).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([3, 3, 3])
    const encoder = new ParquetEncoder(texts.schema, { codec: codecOf('uncompressed') })
    const bytes: Uint8Array[] = []
    for (let i = 0; i < 9; i++) await encoder.rows(texts.slice(i, i + 1), 0, 1, (chunks) => Promise.resolve(void bytes.push(...chunks.map((c) => c.slice()))))
    bytes.push(...await encoder.end())
    expect(Buffer.concat(bytes).equals(Buffer.from(whole))).toBe(true)
  })
})
