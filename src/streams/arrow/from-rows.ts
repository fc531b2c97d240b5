/**
 * Plain objects as record batches: a column for each key.
 *
 *   number float64 | bigint int64 | boolean bool | string utf8 | Date timestamp[ms, UTC]
 *   array of n numbers, Float64Array fixed_size_list<float64>[n] | Float32Array fixed_size_list<float32>[n]
 *
 * Types are those of the first rows and stay; a value that is missing is null.
 * Errors: data_column for a value of another type, or of one that has no column.
 */
import {
  Bool, DataType, Field, FixedSizeList, Float32, Float64, Int64, Schema, TimestampMillisecond, Utf8, vectorFromArray, type Data, type RecordBatch,
} from 'apache-arrow'
import { fail } from '../../errors.ts'
import { recordBatch } from './columns.ts'

export type Row = Readonly<Record<string, unknown>>

/** A column that has only nulls so far is one of texts. */
export function schemaOfRows(rows: readonly Row[]): Schema {
  const types = new Map<string, DataType | undefined>()
  for (const row of rows) for (const [name, value] of Object.entries(row)) types.set(name, types.get(name) ?? typeOf(name, value))
  return new Schema([...types].map(([name, type]) => new Field(name, type ?? new Utf8(), true)))
}

export function batchOfRows(rows: readonly Row[], schema: Schema): RecordBatch {
  const names = new Set(schema.names as string[])
  for (const row of rows) for (const name of Object.keys(row)) if (!names.has(name)) throw fail('data_column', { column: name, problem: 'was not there in the first rows' })
  return recordBatch(schema, rows.length, schema.fields.map(({ name, type }) => vectorFromArray(rows.map((row) => checked(name, row[name] ?? null, type)), type).data[0] as Data))
}

function typeOf(name: string, value: unknown): DataType | undefined {
  switch (typeof value) {
    case 'number': return new Float64()
    case 'bigint': return new Int64()
    case 'boolean': return new Bool()
    case 'string': return new Utf8()
    case 'undefined': return undefined
  }
  if (value === null) return undefined
  if (value instanceof Date) return new TimestampMillisecond('UTC')
  if (value instanceof Float32Array) return listOf(new Float32(), value.length)
  if (value instanceof Float64Array || (Array.isArray(value) && value.every((item) => typeof item === 'number'))) return listOf(new Float64(), value.length)
  throw fail('data_column', { column: name, problem: `has a value that no column takes: ${Object.prototype.toString.call(value).slice(8, -1)}` })
}

const listOf = (item: DataType, size: number): DataType => new FixedSizeList(size, new Field('item', item, false))

function checked(name: string, value: unknown, type: DataType): unknown {
  if (value === null) return null
  const own = typeOf(name, value)
  if (String(own) !== String(type)) throw fail('data_column', { column: name, problem: `has values of the types ${type} and ${own}` })
  return value
}
