/**
 * Rows as text: NDJSON and CSV.
 *
 * NDJSON: an object a line; nulls, NaN and infinities are null, 64-bit integers are written in full.
 * CSV as RFC 4180 has it, but lines end in a line feed: a null is an empty field, an empty text is
 * "", NaN and infinities are words. Both: times are ISO 8601 (with Z where the column has a time
 * zone), bytes are base64, lists and structs JSON, float32 the shortest decimal that reads back the
 * same.
 */
import { DataType, DateUnit, Precision, TimeUnit, util, Vector, type Data, type Field, type RecordBatch, type Schema } from 'apache-arrow'
import { isSet, validBits } from './bits.ts'
import { float32Text, int64Text } from './numerals.ts'

/** The text of row i, null for a null. */
export type Cell = (i: number) => string | null

interface Style {
  /** NaN and the infinities. */
  nonFinite(value: number): string | null
  /** A text as a value of the format. */
  quoted(text: string): string
  /** JSON as a value of the format. */
  nested(json: string): string
}

const JSON_STYLE: Style = { nonFinite: () => null, quoted: (text) => JSON.stringify(text), nested: (json) => json }
const CSV_STYLE: Style = { nonFinite: String, quoted: csvField, nested: csvField }
const TABLE_STYLE: Style = { nonFinite: String, quoted: (text) => text, nested: (json) => json }

/** A line for each row. */
export function ndjson(batch: RecordBatch): string {
  const cells = cellsOf(batch, JSON_STYLE)
  const keys = batch.schema.fields.map(({ name }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  if (keys.length === 0) return '{}\n'.repeat(batch.numRows)
  let text = ''
  for (let row = 0; row < batch.numRows; row++) {
    for (let i = 0; i < cells.length; i++) text += (keys[i] as string) + ((cells[i] as Cell)(row) ?? 'null')
    text += '}\n'
  }
  return text
}

/** The names of the columns, as the first line of a CSV file. */
export const csvHeader = (schema: Schema): string => `${schema.fields.map(({ name }) => csvField(name)).join(',')}\n`

/** For each column the text of its row i, as a table shows it; null for a null. */
export const textCells = (batch: RecordBatch): Cell[] => cellsOf(batch, TABLE_STYLE)

/** A line for each row, without a header. */
export function csv(batch: RecordBatch): string {
  const cells = cellsOf(batch, CSV_STYLE)
  let text = ''
  for (let row = 0; row < batch.numRows; row++) {
    for (let i = 0; i < cells.length; i++) text += (i === 0 ? '' : ',') + ((cells[i] as Cell)(row) ?? '')
    text += '\n'
  }
  return text
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const cellsOf = (batch: RecordBatch, style: Style): Cell[] => batch.data.children.map((data) => cellOf(data as Data, style))

function cellOf(data: Data, style: Style): Cell {
  const value = valueOf(data, style)
  if (DataType.isNull(data.type)) return () => null
  const valid = validBits(data)
  return valid === undefined ? value : (i) => (isSet(valid, i) ? value(i) : null)
}

/** The text of rows that are there. */
function valueOf(data: Data, style: Style): Cell {
  const { type } = data
  if (DataType.isBool(type)) return (i) => (isSet(data.values as Uint8Array, data.offset + i) ? 'true' : 'false')
  if (DataType.isInt(type)) return type.bitWidth === 64 ? int64(data, type.isSigned) : (i) => String((data.values as Int32Array)[i])
  if (DataType.isFloat(type)) return float(data, type.precision, style)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return (i) => style.quoted(UTF8.decode(bytesAt(data, i)))
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return (i) => style.quoted(Buffer.from(bytesAt(data, i)).toString('base64'))
  if (DataType.isDictionary(type)) return entries(data, style)
  if (DataType.isDate(type)) return (i) => style.quoted(dateText((data.values as Int32Array | BigInt64Array)[i] as number | bigint, type.unit))
  if (DataType.isTimestamp(type)) {
    const zone = (type.timezone ?? '') === '' ? '' : 'Z'
    return (i) => style.quoted(timestampText((data.values as BigInt64Array)[i] as bigint, type.unit) + zone)
  }
  if (DataType.isTime(type)) {
    return (i) => style.quoted(timeText(BigInt((data.values as Int32Array | BigInt64Array)[i] as number | bigint), type.unit))
  }
  if (DataType.isDuration(type)) return (i) => String((data.values as BigInt64Array)[i])
  if (DataType.isFixedSizeList(type) || DataType.isList(type)) return list(data, style)
  if (DataType.isStruct(type)) return struct(data, style)
  if (DataType.isDecimal(type)) return (i) => decimalText((data.values as Uint32Array).subarray(i * data.stride, (i + 1) * data.stride), type.scale)
  return other(data, style)
}

const UTF8 = new TextDecoder()

const bytesAt = ({ values, valueOffsets }: Data, i: number): Uint8Array =>
  (values as Uint8Array).subarray(Number(valueOffsets[i]), Number(valueOffsets[i + 1]))

function int64(data: Data, isSigned: boolean): Cell {
  const { buffer, byteOffset, length } = data.values as BigInt64Array
  const words = new Int32Array(buffer, byteOffset, length * 2)
  return (i) => int64Text(words[2 * i] as number, words[2 * i + 1] as number, isSigned)
}

function float(data: Data, precision: Precision, { nonFinite }: Style): Cell {
  const values = data.values as Float32Array | Float64Array | Uint16Array
  const numberAt: (i: number) => number = precision === Precision.HALF ? (i) => util.uint16ToFloat64(values[i] as number) : (i) => values[i] as number
  const text = precision === Precision.DOUBLE ? (value: number) => (Object.is(value, -0) ? '-0' : String(value)) : float32Text
  return (i) => {
    const value = numberAt(i)
    return Number.isFinite(value) ? text(value) : nonFinite(value)
  }
}

/** The texts of a dictionary, each made once. */
function entries(data: Data, style: Style): Cell {
  const texts = (data.dictionary as Vector).data.flatMap((part) => {
    const cell = cellOf(part as Data, style)
    return Array.from({ length: part.length }, (_, i) => cell(i))
  })
  return (i) => texts[Number((data.values as Int32Array)[i])] as string | null
}

function list(data: Data, { nested }: Style): Cell {
  const item = cellOf(data.children[0] as Data, JSON_STYLE)
  const size = DataType.isFixedSizeList(data.type) ? data.type.listSize : undefined
  const startOf = (i: number): number => (size === undefined ? Number(data.valueOffsets[i]) : i * size)
  return (i) => {
    const texts: string[] = []
    for (let at = startOf(i); at < startOf(i + 1); at++) texts.push(item(at) ?? 'null')
    return nested(`[${texts.join(',')}]`)
  }
}

function struct(data: Data, { nested }: Style): Cell {
  const names = data.type.children.map((field: Field) => JSON.stringify(field.name))
  const cells = data.children.map((child) => cellOf(child as Data, JSON_STYLE))
  return (i) => nested(`{${cells.map((cell, k) => `${names[k]}:${cell(i) ?? 'null'}`).join(',')}}`)
}

function dateText(value: number | bigint, unit: DateUnit): string {
  return new Date(Number(value) * (unit === DateUnit.DAY ? 86_400_000 : 1)).toISOString().slice(0, 10)
}

/** Units in a second, and the digits that they take. */
const UNITS = {
  [TimeUnit.SECOND]: [1n, 0], [TimeUnit.MILLISECOND]: [1000n, 3], [TimeUnit.MICROSECOND]: [1_000_000n, 6], [TimeUnit.NANOSECOND]: [1_000_000_000n, 9],
} as const

function timestampText(value: bigint, unit: TimeUnit): string {
  const { seconds, fraction } = split(value, unit)
  return new Date(Number(seconds) * 1000).toISOString().slice(0, -5) + fraction
}

function timeText(value: bigint, unit: TimeUnit): string {
  const { seconds, fraction } = split(value, unit)
  return new Date(Number(seconds) * 1000).toISOString().slice(11, 19) + fraction
}

function split(value: bigint, unit: TimeUnit): { readonly seconds: bigint; readonly fraction: string } {
  const [perSecond, digits] = UNITS[unit]
  const rest = ((value % perSecond) + perSecond) % perSecond
  return { seconds: (value - rest) / perSecond, fraction: digits === 0 ? '' : `.${String(rest).padStart(digits, '0')}` }
}

function decimalText(words: Uint32Array, scale: number): string {
  const bits = words.length * 32
  const value = BigInt.asIntN(bits, words.reduce((sum, word, i) => sum | (BigInt(word) << BigInt(32 * i)), 0n))
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${value < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''}`
}

/** Types that no stream of heatbath has: as Arrow's own value, in JSON. */
function other(data: Data, { nested }: Style): Cell {
  const vector = new Vector([data])
  return (i) => nested(JSON.stringify(vector.get(i)))
}
