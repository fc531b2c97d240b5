/**
 * A column of a row group, as Arrow has it: what `append` of the encoder's columns took apart.
 *
 * Bits of numbers are kept. Dates and times that Parquet holds in other units are turned back.
 */
import {
  DataType, DateUnit, makeData, TimeUnit, Vector, type Data, type Decimal, type Dictionary, type Field, type FixedSizeList, type List,
} from 'apache-arrow'
import { depthOf } from '../levels.ts'
import type { Shape } from '../schema.ts'
import type { Numbers, ReadChunk, Texts } from './chunk.ts'

/** `rows` rows of a field. */
export function readColumn(field: Field, { is_nullable, list }: Shape, chunk: ReadChunk, rows: number): Data {
  const { type } = field
  if (DataType.isFixedSizeList(type) || DataType.isList(type)) return listOf(type, depthOf(is_nullable, list?.is_nullable === true), chunk, rows)
  return leafOf(type, chunk.values, rows, chunk.definition?.map((level) => (level === 1 ? 1 : 0)))
}

/** A value for each one of `there`, zeros elsewhere; `holes` are zeros that are no nulls. */
function leafOf(type: DataType, values: ReadChunk['values'], length: number, there?: Uint8Array, isNullable = there !== undefined): Data {
  const nulls = there !== undefined && isNullable ? { nullBitmap: bitsFrom(there), nullCount: there.length - ones(there) } : { nullCount: 0 }
  const base = { type, length, ...nulls }
  if (DataType.isNull(type)) return makeData({ type, length })
  if (isTexts(values)) return textsOf(type, base, spread(values, there))
  if (values instanceof Uint8Array) return made({ ...base, data: bitsFrom(placed(values, there) as Uint8Array) })
  return made({ ...base, data: converted(type, placed(values, there, values instanceof Uint32Array ? (type as Decimal).bitWidth / 32 : 1) as Numbers) })
}

/** The numbers of an Arrow type from those that Parquet holds. */
function converted(type: DataType, values: Numbers): ArrayBufferView {
  if (DataType.isDate(type) && type.unit === DateUnit.MILLISECOND) return BigInt64Array.from(values as Int32Array, (days) => BigInt(days) * 86_400_000n)
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.SECOND) return (values as BigInt64Array).map((ms) => ms / 1000n)
  if (DataType.isTime(type) && type.unit === TimeUnit.SECOND) return (values as Int32Array).map((ms) => ms / 1000)
  if (DataType.isDecimal(type) && !(values instanceof Uint32Array)) return wordsOf(values as Int32Array | BigInt64Array, type.bitWidth / 32)
  if (!DataType.isInt(type)) return values
  const Wanted = type.ArrayType as Int32ArrayConstructor
  return Wanted.BYTES_PER_ELEMENT === values.BYTES_PER_ELEMENT ? new Wanted(values.buffer as ArrayBuffer) : Wanted.from(values as Int32Array)
}

/** Whole numbers as so many words each, the least significant first. */
function wordsOf(numbers: Int32Array | BigInt64Array, words: number): Uint32Array {
  const held = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength / 4)
  const own = held.length / numbers.length
  return Uint32Array.from({ length: numbers.length * words }, (_, i) => {
    const [number, word] = [Math.floor(i / words), i % words]
    return word < own ? held[number * own + word] as number : (held[number * own + own - 1] as number) >> 31
  })
}

function textsOf(type: DataType, base: object, { entries, numbers }: Texts): Data {
  if (DataType.isDictionary(type)) return dictionaryOf(type, base, { entries, numbers })
  let size = 0
  for (const number of numbers) size += entries[number]?.length ?? 0
  const data = new Uint8Array(size)
  const offsets = new Float64Array(numbers.length + 1)
  let at = 0
  for (const [i, number] of numbers.entries()) {
    const entry = entries[number]
    if (entry !== undefined) data.set(entry, at)
    offsets[i + 1] = at += entry?.length ?? 0
  }
  const isLarge = DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)
  return made({ ...base, type, data, valueOffsets: isLarge ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets) })
}

/** Each entry once, in order of first appearance. */
function dictionaryOf(type: Dictionary, base: object, { entries, numbers }: Texts): Data {
  const known = new Map<string, number>()
  const distinct: Uint8Array[] = []
  const renumbered = entries.map((entry) => {
    const key = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString('latin1')
    const number = known.get(key)
    if (number !== undefined) return number
    known.set(key, distinct.length)
    return distinct.push(entry) - 1
  })
  const words = textsOf(type.dictionary, { length: distinct.length, nullCount: 0 }, { entries: distinct, numbers: Int32Array.from(distinct.keys()) })
  const Indices = type.indices.ArrayType as Int32ArrayConstructor
  return made({ ...base, type, dictionary: new Vector([words]), data: Indices.from(numbers, (number) => renumbered[number] ?? 0) })
}

function listOf(type: FixedSizeList | List, depth: ReturnType<typeof depthOf>, { values, definition, repetition }: ReadChunk, rows: number): Data {
  const item = type.children[0] as Field
  const size = DataType.isFixedSizeList(type) ? type.listSize : undefined
  if (size !== undefined && definition === undefined) return made({ type, length: rows, nullCount: 0, child: leafOf(item.type, values, rows * size) })
  const slots = repetition?.length ?? 0
  const level = (slot: number): number => definition?.[slot] ?? depth.item
  const offsets = new Int32Array(rows + 1)
  const valid = new Uint8Array(rows)
  const there: number[] = []
  let row = -1
  for (let slot = 0; slot < slots; slot++) {
    if (repetition?.[slot] === 0) {
      row++
      valid[row] = depth.empty === 1 && level(slot) === 0 ? 0 : 1
      if (valid[row] === 0) for (let i = 0; i < (size ?? 0); i++) there.push(0) // a null of fixed size has its room
    }
    if (level(slot) >= depth.null_item) there.push(level(slot) === depth.item ? 1 : 0)
    offsets[row + 1] = there.length
  }
  const child = leafOf(item.type, values, there.length, Uint8Array.from(there), item.nullable)
  const nullCount = rows - ones(valid)
  const nulls = nullCount > 0 ? { nullCount, nullBitmap: bitsFrom(valid) } : { nullCount }
  return made({ type, length: rows, ...nulls, child, ...(size === undefined ? { valueOffsets: offsets } : {}) })
}

/** The values, of so many words each, where they are there; zeros between them. */
function placed(values: Numbers | Uint8Array, there: Uint8Array | undefined, words = 1): Numbers | Uint8Array {
  if (there === undefined || there.length * words === values.length) return values
  const out = new (values.constructor as Int32ArrayConstructor)(there.length * words)
  for (let i = 0, next = 0; i < there.length; i++) {
    if (there[i] === 1) for (let word = 0; word < words; word++) out[i * words + word] = values[next++] as number
  }
  return out
}

/** Entry −1 where there is none. */
function spread({ entries, numbers }: Texts, there: Uint8Array | undefined): Texts {
  if (there === undefined || there.length === numbers.length) return { entries, numbers }
  let next = 0
  return { entries, numbers: Int32Array.from(there, (is) => (is === 1 ? numbers[next++] as number : -1)) }
}

const isTexts = (values: ReadChunk['values']): values is Texts => 'entries' in values && typeof values.entries !== 'function'

const made = (parts: object): Data => makeData(parts as Parameters<typeof makeData>[0])

function bitsFrom(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8))
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  return bits
}

function ones(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) count += byte
  return count
}
