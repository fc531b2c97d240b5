/** Batches of any column type, cut at any row, for property tests. */
import {
  Binary, Bool, DateDay, DateMillisecond, Decimal, Dictionary, DurationMicrosecond, Field, FixedSizeBinary, FixedSizeList, Float16, Float32, Float64, Int16, Int32, Int64,
  Int8, LargeUtf8, List, RecordBatch, Schema, Struct, TimeMicrosecond, TimeSecond, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond,
  Uint16, Uint32, Uint64, Uint8, Utf8, vectorFromArray, type Data, type DataType,
} from 'apache-arrow'
import fc from 'fast-check'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'

interface Kind {
  readonly type: () => DataType
  readonly value: fc.Arbitrary<unknown>
}

const int = (bits: number, signed: boolean): fc.Arbitrary<unknown> =>
  signed ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }) : fc.integer({ min: 0, max: 2 ** bits - 1 })
const big = (min: bigint, max: bigint): fc.Arbitrary<unknown> => fc.bigInt({ min, max })
const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const
const text = fc.oneof(fc.constantFrom('', 'AA', 'é', 'longer than twelve bytes', '東京'), fc.string({ maxLength: 5 }))
const item = (type: DataType, nullable: boolean): Field => new Field('item', type, nullable)

const SCALARS: Readonly<Record<string, Kind>> = {
  int8: { type: () => new Int8(), value: int(8, true) },
  int16: { type: () => new Int16(), value: int(16, true) },
  int32: { type: () => new Int32(), value: int(32, true) },
  int64: { type: () => new Int64(), value: big(...INT64) },
  uint8: { type: () => new Uint8(), value: int(8, false) },
  uint16: { type: () => new Uint16(), value: int(16, false) },
  uint32: { type: () => new Uint32(), value: int(32, false) },
  uint64: { type: () => new Uint64(), value: big(0n, 2n ** 64n - 1n) },
  float16: { type: () => new Float16(), value: fc.integer({ min: -100, max: 100 }) },
  float32: { type: () => new Float32(), value: fc.float() },
  float64: { type: () => new Float64(), value: fc.double() },
  bool: { type: () => new Bool(), value: fc.boolean() },
  utf8: { type: () => new Utf8(), value: text },
  large_utf8: { type: () => new LargeUtf8(), value: text },
  binary: { type: () => new Binary(), value: fc.uint8Array({ maxLength: 6 }) },
  fixed_binary: { type: () => new FixedSizeBinary(4), value: fc.uint8Array({ minLength: 4, maxLength: 4 }) },
  date_day: { type: () => new DateDay(), value: fc.integer({ min: -1000, max: 1000 }).map((days) => new Date(days * 86_400_000)) },
  date_ms: { type: () => new DateMillisecond(), value: fc.integer().map((ms) => new Date(ms)) },
  timestamp_ms: { type: () => new TimestampMillisecond(), value: fc.integer() },
  timestamp_us: { type: () => new TimestampMicrosecond('UTC'), value: fc.integer() },
  timestamp_ns: { type: () => new TimestampNanosecond(), value: fc.integer() },
  time_s: { type: () => new TimeSecond(), value: fc.integer({ min: 0, max: 86_399 }) },
  time_us: { type: () => new TimeMicrosecond(), value: big(0n, 86_399_999_999n) },
  duration: { type: () => new DurationMicrosecond(), value: big(...INT64) },
  decimal: { type: () => new Decimal(2, 20, 128), value: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new Uint32Array(bytes.slice().buffer)) },
}

const listOf = (kind: Kind, length: { minLength?: number; maxLength: number }, nullable = true): fc.Arbitrary<unknown> =>
  fc.array(nullable ? fc.option(kind.value) : kind.value, length)

const NESTED: Readonly<Record<string, Kind>> = {
  dictionary: { type: () => new Dictionary(new Utf8(), new Int32()), value: text },
  small_dictionary: { type: () => new Dictionary(new Utf8(), new Uint8()), value: fc.constantFrom('a', 'b', 'c') },
  fixed_list: { type: () => new FixedSizeList(3, item(new Float32(), true)), value: listOf(SCALARS.float32 as Kind, { minLength: 3, maxLength: 3 }) },
  fixed_list_of_bytes: { type: () => new FixedSizeList(40, item(new Uint8(), false)), value: listOf(SCALARS.uint8 as Kind, { minLength: 40, maxLength: 40 }, false) },
  fixed_list_of_bools: { type: () => new FixedSizeList(5, item(new Bool(), true)), value: listOf(SCALARS.bool as Kind, { minLength: 5, maxLength: 5 }) },
  fixed_list_of_fixed_lists: {
    type: () => new FixedSizeList(2, item(new FixedSizeList(2, item(new Int16(), true)), true)),
    value: fc.array(fc.array(int(16, true), { minLength: 2, maxLength: 2 }), { minLength: 2, maxLength: 2 }),
  },
  list: { type: () => new List(item(new Float64(), true)), value: listOf(SCALARS.float64 as Kind, { maxLength: 4 }) },
  list_of_text: { type: () => new List(item(new Utf8(), true)), value: listOf(SCALARS.utf8 as Kind, { maxLength: 3 }) },
  list_of_lists: { type: () => new List(item(new List(item(new Int32(), true)), true)), value: fc.array(fc.array(int(32, true), { maxLength: 3 }), { maxLength: 3 }) },
  struct: {
    type: () => new Struct([new Field('a', new Int32(), true), new Field('b', new Utf8(), true)]),
    value: fc.record({ a: fc.option(int(32, true)), b: fc.option(text) }),
  },
}

export const KINDS: Readonly<Record<string, Kind>> = { ...SCALARS, ...NESTED }

export const columnOf = (type: DataType, values: readonly unknown[]): Data =>
  values.length === 0 ? vectorFromArray([null], type).data[0]?.slice(0, 0) as Data : vectorFromArray([...values], type).data[0] as Data

/** A few batches of one schema, each a slice of a longer one, with nulls or without. */
export const batchesOf = (names: readonly string[]): fc.Arbitrary<RecordBatch[]> => {
  const kinds = names.map((name) => KINDS[name] as Kind)
  const schema = new Schema(kinds.map((kind, i) => new Field(names[i] as string, kind.type(), true)))
  const values = (kind: Kind, rows: number): fc.Arbitrary<unknown[]> =>
    fc.oneof(fc.array(kind.value, { minLength: rows, maxLength: rows }), fc.array(fc.option(kind.value), { minLength: rows, maxLength: rows }))
  const batch = fc.integer({ min: 0, max: 40 }).chain((rows) => fc.record({
    columns: fc.tuple(...kinds.map((kind) => values(kind, rows))),
    cut: fc.tuple(fc.integer({ min: 0, max: rows }), fc.integer({ min: 0, max: rows })),
  }).map(({ columns, cut: [a, b] }) => recordBatch(schema, rows, columns.map((column, i) => columnOf(schema.fields[i]?.type as DataType, column)))
    .slice(Math.min(a, b), Math.max(a, b))))
  return fc.array(batch, { minLength: 1, maxLength: 5 })
}

/** The rows of a batch as Arrow itself reads them, in a form that can be compared. */
export const rowsOf = (batch: RecordBatch): unknown[] => Array.from({ length: batch.numRows }, (_, i) => batch.schema.fields.map((_, c) => plain(batch.getChildAt(c)?.get(i))))

export function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : typeof value === 'bigint' ? `${value}n` : value
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, plain)
  if ('toArray' in value && Symbol.iterator in value) return Array.from(value as Iterable<unknown>, plain)
  if ('toJSON' in value) return plain((value as { toJSON(): unknown }).toJSON())
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
