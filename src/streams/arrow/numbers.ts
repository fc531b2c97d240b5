/**
 * Numbers out of columns of any numeric type, scalars or fixed-size lists.
 *
 * Integers up to 32 bits and floats without nulls are the column's own array, not a copy; all else
 * becomes float64, NaN where there is a null. Booleans are 0 and 1, decimals their value; dates,
 * times, timestamps and durations count their own unit (days for a date, else what the type says).
 * 64-bit integers above 2^53 are rounded.
 */
import { DataType, Type, util, type Data, type Decimal, type RecordBatch } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { bitAt } from './bits.ts'
import { columnOf } from './read.ts'

export type NumberArray = Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array

export interface ColumnNumbers {
  /** [rows] or [rows, size], row-major. */
  readonly values: NumberArray
  /** Numbers per row: 1 for a column of scalars. */
  readonly size: number
  readonly is_list: boolean
}

/** Integers, floats and decimals. */
export const isNumber = (type: DataType): boolean => DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)
export const isTime = (type: DataType): boolean => DataType.isDate(type) || DataType.isTime(type) || DataType.isTimestamp(type) || DataType.isDuration(type)
/** Numbers and fixed-size lists of numbers. */
export const isNumeric = (type: DataType): boolean => isNumber(type) || (DataType.isFixedSizeList(type) && isNumeric(type.valueType as DataType))

/** The numbers of a column. Throws data_column if it is not there or not of numbers. */
export function readNumbers(batch: RecordBatch, name: string): ColumnNumbers {
  const data = columnOf(batch, name)
  const numbers = numbersOf(data)
  if (numbers === undefined) throw fail('data_column', { column: name, problem: `is ${data.type}, not numbers` })
  return numbers
}

/** The numbers of a column; undefined if it is not of numbers. */
export function numbersOf(data: Data): ColumnNumbers | undefined {
  if (!DataType.isFixedSizeList(data.type)) {
    const values = READ[data.type.typeId as Type]?.(data)
    return values === undefined ? undefined : { values: withNulls(values, data, 1), size: 1, is_list: false }
  }
  const child = numbersOf(data.children[0] as Data)
  if (child === undefined) return undefined
  const size = data.type.listSize * child.size
  return { values: withNulls(child.values.subarray(0, data.length * size), data, size), size, is_list: true }
}

/** NaN where a row of `size` values is null. */
function withNulls(values: NumberArray, data: Data, size: number): NumberArray {
  if (data.nullCount <= 0) return values
  const copy = Float64Array.from(values)
  for (let row = 0; row < data.length; row++) if (bitAt(data.nullBitmap, data.offset + row) === 0) copy.fill(NaN, row * size, (row + 1) * size)
  return copy
}

type Read = (data: Data) => NumberArray

const readPlain: Read = ({ values, length }) => (values instanceof BigInt64Array || values instanceof BigUint64Array ? Float64Array.from(values.subarray(0, length), Number) : (values as NumberArray).subarray(0, length))

const readFloat: Read = (data) =>
  (data.values instanceof Uint16Array ? Float64Array.from(data.values.subarray(0, data.length), util.uint16ToFloat64) : readPlain(data))

const readBool: Read = ({ values, offset, length }) => Uint8Array.from({ length }, (_, i) => bitAt(values as Uint8Array, offset + i))

const readDecimal: Read = (data) => {
  const { stride, values, length } = data
  const scale = 10 ** (data.type as Decimal).scale
  return Float64Array.from({ length }, (_, row) => integerOf(values as Uint32Array, row * stride, stride) / scale)
}

/** A two's complement integer of `count` words, the least significant first. */
function integerOf(words: Uint32Array, at: number, count: number): number {
  const is_negative = (words[at + count - 1] as number) >>> 31 === 1
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 2 ** 32 + ((is_negative ? ~(words[at + i] as number) : (words[at + i] as number)) >>> 0)
  return is_negative ? -value - 1 : value
}

/** The least and the greatest of whole numbers; of decimals in units of their last digit. */
export type WholeRange = readonly [bigint, bigint]

/** Of columns of 64-bit integers or of decimals, without nulls; undefined for other types, and where float64 holds all of them. */
export function wholeRange(columns: readonly Data[]): WholeRange | undefined {
  let [least, greatest] = [0n, 0n]
  let count = 0
  for (const data of columns) {
    const wholeAt = wholesOf(data)
    if (wholeAt === undefined) return undefined
    for (let row = 0; row < data.length; row++) {
      if (data.nullCount > 0 && bitAt(data.nullBitmap, data.offset + row) === 0) continue
      const whole = wholeAt(row)
      if (count++ === 0) [least, greatest] = [whole, whole]
      else if (whole < least) least = whole
      else if (whole > greatest) greatest = whole
    }
  }
  return least < -SAFE || greatest > SAFE ? [least, greatest] : undefined
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function wholesOf({ type, values, stride }: Data): ((row: number) => bigint) | undefined {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return (row) => values[row] as bigint
  if (!DataType.isDecimal(type)) return undefined
  return (row) => wholeAt(values as Uint32Array, row * stride, stride)
}

/** Of so many words from `at` on, the least significant first, in two's complement. */
export function wholeAt(words: Uint32Array, at: number, count: number): bigint {
  let whole = 0n
  for (let word = count - 1; word >= 0; word--) whole = (whole << 32n) | BigInt(words[at + word] as number)
  return BigInt.asIntN(32 * count, whole)
}

const READ: Partial<Record<Type, Read>> = {
  [Type.Int]: readPlain,
  [Type.Float]: readFloat,
  [Type.Bool]: readBool,
  [Type.Decimal]: readDecimal,
  [Type.Date]: readPlain,
  [Type.Time]: readPlain,
  [Type.Timestamp]: readPlain,
  [Type.Duration]: readPlain,
}
