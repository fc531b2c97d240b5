/**
 * Columns of any numeric type out of float64: the way back from numbers.ts.
 *
 * Integers, dates and times are rounded to the nearest value that the type has, and kept within its
 * range, or a narrower one; a number that is not finite becomes a null.
 */
import { Data, DataType, DateUnit, Type, util, type Decimal, type Int } from 'apache-arrow'
import type { WholeRange } from './numbers.ts'

/** A column of `type`, one value for each number; of 64-bit integers and decimals none outside of `within`. */
export function columnFromNumbers(type: DataType, numbers: Float64Array, within?: WholeRange): Data {
  const make = MAKE[type.typeId as Type]
  if (make === undefined) throw new RangeError(`${type} is not a type of numbers`)
  const validity = validityOf(numbers)
  return new Data(type, 0, numbers.length, validity === undefined ? 0 : -1, [undefined, make(type, numbers, within), validity] as unknown as Data['buffers'])
}

/** The number that a value of the type stands for when it is written and read again. */
export function roundedTo(type: DataType, number: number): number {
  if (DataType.isFloat(type)) return number
  const unit = DataType.isDecimal(type) ? 10 ** -type.scale : DataType.isDate(type) && type.unit === DateUnit.MILLISECOND ? MS_PER_DAY : 1
  return unit < 1 ? Math.round(number / unit) / Math.round(1 / unit) : Math.round(number / unit) * unit
}

const MS_PER_DAY = 86_400_000

type Make = (type: DataType, numbers: Float64Array, within?: WholeRange) => ArrayBufferView
type BigArray = BigInt64Array | BigUint64Array

const clamped = (whole: bigint, [least, greatest]: WholeRange): bigint => (whole < least ? least : whole > greatest ? greatest : whole)

const makeInts: Make = (type, numbers, exact) => {
  const Values = type.ArrayType as (new (length: number) => Int32Array | BigArray)
  const values = new Values(numbers.length)
  const [smallest, largest] = rangeOf(type, values.BYTES_PER_ELEMENT)
  const within = (number: number): number => Math.min(largest, Math.max(smallest, roundedTo(type, Number.isNaN(number) ? 0 : number)))
  if (isBig(values)) for (let i = 0; i < numbers.length; i++) values[i] = exact === undefined ? BigInt(within(numbers[i] as number)) : clamped(BigInt(within(numbers[i] as number)), exact)
  else for (let i = 0; i < numbers.length; i++) values[i] = within(numbers[i] as number)
  return values
}

const isBig = (values: Int32Array | BigArray): values is BigArray => values instanceof BigInt64Array || values instanceof BigUint64Array

/** The least and the greatest float64 that fit. */
function rangeOf(type: DataType, bytes: number): readonly [number, number] {
  const bits = 8 * bytes
  const is_signed = !DataType.isInt(type) || (type as Int).isSigned
  const [smallest, limit] = is_signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits]
  return [smallest, bits <= 32 ? limit - 1 : limit * (1 - 2 ** -53)]
}

const makeFloats: Make = (type, numbers) => {
  if (type.ArrayType === Float32Array) return Float32Array.from(numbers)
  return type.ArrayType === Float64Array ? numbers : Uint16Array.from(numbers, util.float64ToUint16)
}

const makeDecimals: Make = (type, numbers, within) => {
  const { scale, precision, bitWidth } = type as Decimal
  const words = bitWidth / 32
  const beyond = 10 ** precision
  const most = 10n ** BigInt(precision) - 1n // above 15 digits no float64 is that number
  const values = new Uint32Array(numbers.length * words)
  numbers.forEach((number, row) => {
    const whole = BigInt(Math.min(beyond, Math.max(-beyond, Math.round((Number.isNaN(number) ? 0 : number) * 10 ** scale))))
    let rest = clamped(whole, within ?? [-most, most])
    for (let i = 0; i < words; i++, rest >>= 32n) values[row * words + i] = Number(BigInt.asUintN(32, rest))
  })
  return values
}

function validityOf(numbers: Float64Array): Uint8Array | undefined {
  if (numbers.every(Number.isFinite)) return undefined
  const bits = new Uint8Array(Math.ceil(numbers.length / 8))
  numbers.forEach((number, i) => {
    if (Number.isFinite(number)) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  })
  return bits
}

const MAKE: Partial<Record<Type, Make>> = {
  [Type.Int]: makeInts,
  [Type.Float]: makeFloats,
  [Type.Decimal]: makeDecimals,
  [Type.Date]: makeInts,
  [Type.Time]: makeInts,
  [Type.Timestamp]: makeInts,
  [Type.Duration]: makeInts,
}
