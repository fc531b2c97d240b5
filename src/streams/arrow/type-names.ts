/**
 * Arrow types as text, in the words of pyarrow: `int64`, `timestamp[us, UTC]`, `dictionary<int32, utf8>`.
 *
 * For types of table columns: numbers, booleans, text, times, decimals, dictionaries of these.
 */
import {
  Bool, DataType, DateDay, DateMillisecond, Decimal, Dictionary, DurationMicrosecond, DurationMillisecond, DurationNanosecond, DurationSecond,
  Float16, Float32, Float64, Int16, Int32, Int64, Int8, LargeUtf8, TimeMicrosecond, TimeMillisecond, TimeNanosecond, TimeSecond,
  TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond, Uint16, Uint32, Uint64, Uint8, Utf8,
} from 'apache-arrow'

const PLAIN: Readonly<Record<string, DataType>> = {
  bool: new Bool(),
  int8: new Int8(),
  int16: new Int16(),
  int32: new Int32(),
  int64: new Int64(),
  uint8: new Uint8(),
  uint16: new Uint16(),
  uint32: new Uint32(),
  uint64: new Uint64(),
  float16: new Float16(),
  float32: new Float32(),
  float64: new Float64(),
  utf8: new Utf8(),
  large_utf8: new LargeUtf8(),
  date32: new DateDay(),
  date64: new DateMillisecond(),
  'time32[s]': new TimeSecond(),
  'time32[ms]': new TimeMillisecond(),
  'time64[us]': new TimeMicrosecond(),
  'time64[ns]': new TimeNanosecond(),
  'duration[s]': new DurationSecond(),
  'duration[ms]': new DurationMillisecond(),
  'duration[us]': new DurationMicrosecond(),
  'duration[ns]': new DurationNanosecond(),
}

const TIMESTAMPS = { s: TimestampSecond, ms: TimestampMillisecond, us: TimestampMicrosecond, ns: TimestampNanosecond } as const
const UNITS = ['s', 'ms', 'us', 'ns'] as const

/** The name of a type; undefined if it has none here. */
export function typeName(type: DataType): string | undefined {
  if (DataType.isTimestamp(type)) return `timestamp[${UNITS[type.unit]}${type.timezone ? `, ${type.timezone}` : ''}]`
  if (DataType.isDecimal(type)) return `decimal${type.bitWidth}(${type.precision}, ${type.scale})`
  if (DataType.isDictionary(type)) {
    const [indices, values] = [typeName(type.indices), typeName(type.dictionary as DataType)]
    return indices === undefined || values === undefined ? undefined : `dictionary<${indices}, ${values}>`
  }
  const text = String(type)
  return Object.keys(PLAIN).find((name) => String(PLAIN[name]) === text)
}

/** The type of a name that `typeName` gave. */
export function typeNamed(name: string): DataType {
  const plain = PLAIN[name]
  if (plain !== undefined) return plain
  const [, unit, timezone] = /^timestamp\[(\w+)(?:, (.+))?\]$/.exec(name) ?? []
  if (unit !== undefined) return new TIMESTAMPS[unit as keyof typeof TIMESTAMPS](timezone)
  const [, bits, precision, scale] = /^decimal(\d+)\((\d+), (-?\d+)\)$/.exec(name) ?? []
  if (bits !== undefined) return new Decimal(Number(scale), Number(precision), Number(bits))
  const [, indices, values] = /^dictionary<(\w+), (.+)>$/.exec(name) ?? []
  if (indices === undefined || values === undefined) throw new RangeError(`no Arrow type is called ${name}`)
  return new Dictionary(typeNamed(values), typeNamed(indices) as Int32)
}
