/**
 * What an Arrow type is in Parquet: a physical type, what it stands for, and how it is held until it
 * is written.
 *
 * Types without a place in Parquet, or without one here, have no leaf: structs, maps, unions,
 * intervals, half floats, decimals whose scale is negative.
 */
import { DataType, DateUnit, Precision, TimeUnit, type Data, type Decimal } from 'apache-arrow'
import type { SchemaElement } from 'hyparquet-writer'

export type Held = 'int32' | 'int64' | 'float32' | 'float64' | 'bits' | 'bytes' | 'decimals'

export interface Leaf {
  readonly held: Held
  readonly is_signed: boolean
  readonly element: Pick<SchemaElement, 'type' | 'type_length' | 'converted_type' | 'logical_type' | 'precision' | 'scale'>
  /** Values of some rows, where they are not written as they are. */
  readonly convert?: (values: Data['values']) => BigInt64Array | Int32Array
}

type Logical = NonNullable<SchemaElement['logical_type']>
type Converted = NonNullable<SchemaElement['converted_type']>

export function leafOf(type: DataType): Leaf | undefined {
  if (DataType.isNull(type)) return leaf('int32', { type: 'INT32', logical_type: { type: 'NULL' } })
  if (DataType.isBool(type)) return leaf('bits', { type: 'BOOLEAN' })
  if (DataType.isInt(type)) return integer(type.bitWidth, type.isSigned)
  if (DataType.isFloat(type)) return float(type.precision)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return leaf('bytes', TEXT)
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return leaf('bytes', { type: 'BYTE_ARRAY' })
  if (DataType.isDictionary(type)) return leafOf(type.dictionary)?.held === 'bytes' ? leafOf(type.dictionary) : undefined
  if (DataType.isDate(type)) return date(type.unit)
  if (DataType.isTimestamp(type)) return timestamp(type.unit, (type.timezone ?? '') !== '')
  if (DataType.isTime(type)) return time(type.unit)
  if (DataType.isDecimal(type)) return decimal(type)
  if (DataType.isDuration(type)) return leaf('int64', { type: 'INT64' })
  return undefined
}

const TEXT: Leaf['element'] = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }

const leaf = (held: Held, element: Leaf['element'], convert?: Leaf['convert']): Leaf =>
  ({ held, is_signed: true, element, ...(convert === undefined ? {} : { convert }) })

function integer(bitWidth: number, isSigned: boolean): Leaf {
  const held = bitWidth === 64 ? 'int64' : 'int32'
  const type = bitWidth === 64 ? 'INT64' : 'INT32'
  // no logical type: hyparquet-writer writes its width in another size than the format says
  return { held, is_signed: isSigned, element: { type, converted_type: `${isSigned ? '' : 'U'}INT_${bitWidth}` as Converted } }
}

function float(precision: Precision): Leaf | undefined {
  if (precision === Precision.HALF) return undefined
  return precision === Precision.DOUBLE ? leaf('float64', { type: 'DOUBLE' }) : leaf('float32', { type: 'FLOAT' })
}

/** In as few bits as there are digits; Arrow has words of 32 bits, the least significant first. */
function decimal({ precision, scale, bitWidth }: Decimal): Leaf | undefined {
  if (scale < 0) return undefined
  const words = bitWidth / 32
  const named = { converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', precision, scale }, precision, scale } as const
  if (precision <= INT32_DIGITS) return leaf('int32', { type: 'INT32', ...named }, (values) => Int32Array.from({ length: values.length / words }, (_, i) => (values as Uint32Array)[i * words] as number))
  if (precision > INT64_DIGITS) return leaf('decimals', { type: 'FIXED_LEN_BYTE_ARRAY', type_length: bitWidth / 8, ...named })
  return leaf('int64', { type: 'INT64', ...named }, (values) => {
    const numbers = new BigInt64Array(values.length / words)
    const halves = new Uint32Array(numbers.buffer)
    for (let i = 0; i < halves.length; i++) halves[i] = (values as Uint32Array)[(i >> 1) * words + (i & 1)] as number
    return numbers
  })
}

const INT32_DIGITS = 9
const INT64_DIGITS = 18

function date(unit: DateUnit): Leaf {
  const element: Leaf['element'] = { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
  const days = (values: Data['values']): Int32Array => Int32Array.from(values as BigInt64Array, (ms) => Math.floor(Number(ms) / 86_400_000))
  return unit === DateUnit.DAY ? leaf('int32', element) : leaf('int32', element, days)
}

/** Parquet has no seconds: they are written as milliseconds. */
function timestamp(unit: TimeUnit, isAdjustedToUTC: boolean): Leaf {
  const logical_type: Logical = { type: 'TIMESTAMP', isAdjustedToUTC, unit: UNITS[unit] }
  // the older name of the type, which says UTC and has no nanoseconds
  const older: Converted = unit === TimeUnit.MICROSECOND ? 'TIMESTAMP_MICROS' : 'TIMESTAMP_MILLIS'
  const converted_type = isAdjustedToUTC && unit !== TimeUnit.NANOSECOND ? { converted_type: older } : {}
  const milliseconds = (values: Data['values']): BigInt64Array => (values as BigInt64Array).map((seconds) => seconds * 1000n)
  return leaf('int64', { type: 'INT64', ...converted_type, logical_type }, unit === TimeUnit.SECOND ? milliseconds : undefined)
}

function time(unit: TimeUnit): Leaf {
  const logical_type: Logical = { type: 'TIME', isAdjustedToUTC: false, unit: UNITS[unit] }
  const milliseconds = (values: Data['values']): Int32Array => (values as Int32Array).map((seconds) => seconds * 1000)
  if (unit === TimeUnit.SECOND) return leaf('int32', { type: 'INT32', logical_type }, milliseconds)
  return unit === TimeUnit.MILLISECOND ? leaf('int32', { type: 'INT32', logical_type }) : leaf('int64', { type: 'INT64', logical_type })
}

const UNITS = {
  [TimeUnit.SECOND]: 'MILLIS', [TimeUnit.MILLISECOND]: 'MILLIS', [TimeUnit.MICROSECOND]: 'MICROS', [TimeUnit.NANOSECOND]: 'NANOS',
} as const
