/** Batches to write: particles, and a table of every type. The same numbers each time. */
import {
  Bool, DateDay, DateMillisecond, Decimal, Dictionary, Field, FixedSizeList, Float32, Float64, Int16, Int32, Int64, Int8, List, makeData, RecordBatch, Schema, Struct,
  TimeMicrosecond, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8, vectorFromArray, type Data, type DataType,
} from 'apache-arrow'
import { boolColumn, float32Column, listColumn, nullColumn, recordBatch, uint32Column, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { particlesSchema, variableField } from '../../../src/streams/arrow/schemas.ts'

/** Uniform numbers in [0, 1) (mulberry32). */
export function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const PARTICLES = particlesSchema([{ name: 'x0' }, { name: 'x1' }].map(variableField), { is_accepted: 'bool' }, { seed: '7' })

/** A batch for each step. */
export function particles(steps: number, chains: number): RecordBatch[] {
  const draw = draws(1)
  const floats = (): Data => float32Column(Float32Array.from({ length: chains }, () => draw() * 4 - 2))
  const chain = uint32Column(Uint32Array.from({ length: chains }, (_, i) => i))
  return Array.from({ length: steps }, (_, step) => recordBatch(PARTICLES, chains, [
    uint64Column(new BigUint64Array(chains).fill(BigInt(step + 1))), chain, nullColumn(new Uint16(), chains), float32Column(new Float32Array(chains).fill(1)),
    floats(), floats(), floats(), floats(), boolColumn(Uint8Array.from({ length: chains }, () => (draw() < 0.7 ? 1 : 0))), boolColumn(new Uint8Array(chains)),
  ]))
}

const WORDS = ['', 'a', 'Zürich', '日本', 'a "quoted", text', 'line\nbreak', '🙂', 'x'.repeat(40)]

/** A decimal, by the whole number that a times b is. */
const words = (a: number, b: bigint): Uint32Array =>
  Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number(BigInt.asUintN(32, (BigInt(a) * b) >> shift)))

/** For each type the value of row i. */
const TYPES: Readonly<Record<string, readonly [DataType, (i: number, draw: () => number) => unknown]>> = {
  i8: [new Int8(), (_, draw) => Math.floor(draw() * 256) - 128],
  i16: [new Int16(), (_, draw) => Math.floor(draw() * 65536) - 32768],
  i32: [new Int32(), (_, draw) => Math.floor(draw() * 2 ** 32) - 2 ** 31],
  i64: [new Int64(), (_, draw) => BigInt.asIntN(64, BigInt(Math.floor(draw() * 2 ** 53)) * 4099n)],
  u8: [new Uint8(), (_, draw) => Math.floor(draw() * 256)],
  u16: [new Uint16(), (i) => Math.floor(i / 100)],
  u32: [new Uint32(), (_, draw) => Math.floor(draw() * 2 ** 32)],
  u64: [new Uint64(), (_, draw) => BigInt.asUintN(64, BigInt(Math.floor(draw() * 2 ** 53)) * 4099n)],
  small64: [new Int64(), (i) => BigInt(i * 3 - 500)],
  f32: [new Float32(), (i, draw) => [NaN, Infinity, -Infinity, -0, 1e-40][i % 50] ?? Math.fround(draw() - 0.5)],
  f64: [new Float64(), (i, draw) => [NaN, Infinity, -Infinity, -0, 5e-324][i % 50] ?? draw() - 0.5],
  b: [new Bool(), (_, draw) => draw() < 0.5],
  s: [new Utf8(), (_, draw) => WORDS[Math.floor(draw() * WORDS.length)]],
  unique: [new Utf8(), (i) => `row ${i}`],
  category: [new Dictionary(new Utf8(), new Int32()), (_, draw) => WORDS[Math.floor(draw() * WORDS.length)]],
  day: [new DateDay(), (i) => new Date(86_400_000 * (i * 37 - 5000))],
  date_ms: [new DateMillisecond(), (i) => new Date(86_400_000 * (i - 500))],
  second: [new TimestampSecond(), (i) => 1000 * (i * 1000 - 7)],
  ms: [new TimestampMillisecond(), (i) => i * 999 - 5],
  us: [new TimestampMicrosecond('UTC'), (i) => 1_700_000_000_000 + i],
  ns: [new TimestampNanosecond(), (i) => 1_700_000_000_000 + i],
  time: [new TimeMicrosecond(), (i) => BigInt(i) * 1_000_003n],
  decimal9: [new Decimal(2, 9, 128), (_, draw) => words(Math.floor(draw() * 2e9) - 1e9, 1n)],
  decimal18: [new Decimal(18, 18, 128), (_, draw) => words(Math.floor((draw() - 0.5) * 2 ** 53), 111n)],
  decimal38: [new Decimal(10, 38, 128), (i, draw) => words(Math.floor((draw() - 0.5) * 2 ** 53), i % 2 === 0 ? 1n : 10n ** 22n)],
  few_decimals: [new Decimal(3, 6, 128), (i) => words(Math.floor(i / 100) - 20, 1n)],
  decimals: [new List(new Field('item', new Decimal(0, 38, 128), true)), (i) => Array.from({ length: i % 3 }, (_, k) => (k === 1 ? null : words(i - 500, 10n ** 30n)))],
  vec: [new FixedSizeList(3, new Field('item', new Float32(), false)), (_, draw) => [draw(), draw(), draw()]],
  list: [new List(new Field('item', new Int32(), true)), (i) => Array.from({ length: i % 4 }, (_, k) => (k === 2 ? null : i + k))],
}

/** Each type twice: without nulls, and with; in batches of given sizes, the same rows however they are cut. */
export function everyType(rows: number): RecordBatch {
  const draw = draws(2)
  const columns = Object.entries(TYPES).flatMap(([name, [type, value]]) => {
    const values = Array.from({ length: rows }, (_, i) => value(i, draw))
    const gaps = values.map((v, i) => (draw() < 0.3 || (i > 1000 && i < 1500) ? null : v))
    return [
      [new Field(name, type, false), dataOf(values, type)],
      [new Field(`${name}_null`, type, true), dataOf(gaps, type)],
    ] as const
  })
  const fields = [...columns.map(([field]) => field), new Field('none', new Float32(), true), new Field('no_text', new Utf8(), true)]
  const children = [...columns.map(([, data]) => data), nullColumn(new Float32(), rows), nullColumn(new Utf8(), rows)]
  return new RecordBatch(new Schema(fields, new Map([['heatbath.seed', '7']])), makeData({ type: new Struct(fields), length: rows, nullCount: 0, children }))
}

/** Columns that take several pages: images, numbers with gaps, and texts. */
export function wide(rows: number): RecordBatch {
  const draw = draws(3)
  const image = listColumn(Float32Array.from({ length: rows * 8 }, () => draw()), 8)
  const bytes = Uint8Array.from({ length: rows * 20 }, () => 97 + Math.floor(draw() * 26))
  const text = makeData({ type: new Utf8(), length: rows, nullCount: 0, data: bytes, valueOffsets: Int32Array.from({ length: rows + 1 }, (_, i) => i * 20) })
  const nullBitmap = Uint8Array.from({ length: Math.ceil(rows / 8) }, () => Math.floor(draw() * 256))
  const sparse = makeData({ type: new Float64(), length: rows, nullBitmap, data: Float64Array.from({ length: rows }, draw) })
  const fields = [new Field('image', image.type, false), new Field('again', image.type, true), new Field('sparse', new Float64(), true), new Field('text', new Utf8(), false)]
  return recordBatch(new Schema(fields), rows, [image, image, sparse, text])
}

const dataOf = (values: readonly unknown[], type: DataType): Data => vectorFromArray([...values], type).data[0] as Data

/** The same rows in batches of so many. */
export const cut = (batch: RecordBatch, rows: number): RecordBatch[] =>
  Array.from({ length: Math.ceil(batch.numRows / rows) }, (_, i) => batch.slice(i * rows, Math.min(batch.numRows, (i + 1) * rows)))
