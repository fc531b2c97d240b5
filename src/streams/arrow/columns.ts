/**
 * Arrow columns over typed arrays, without copying.
 *
 * A column of scalars is the array itself; a list column is its values in rows.
 */
import {
  Bool, DataType, Field, FixedSizeList, Float32, Float64, Int32, makeData, RecordBatch, Struct, Uint16, Uint32, Uint64, Utf8,
  type Data, type Schema,
} from 'apache-arrow'

export const float32Column = (values: Float32Array): Data<Float32> => makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values })
export const float64Column = (values: Float64Array): Data<Float64> => makeData({ type: new Float64(), length: values.length, nullCount: 0, data: values })
export const int32Column = (values: Int32Array): Data<Int32> => makeData({ type: new Int32(), length: values.length, nullCount: 0, data: values })
export const uint32Column = (values: Uint32Array): Data<Uint32> => makeData({ type: new Uint32(), length: values.length, nullCount: 0, data: values })
export const uint64Column = (values: BigUint64Array): Data<Uint64> => makeData({ type: new Uint64(), length: values.length, nullCount: 0, data: values })
export const uint16Column = (values: Uint16Array): Data<Uint16> => makeData({ type: new Uint16(), length: values.length, nullCount: 0, data: values })

/** Rows of `size` float32 values each. */
export function listColumn(values: Float32Array, size: number): Data {
  const child = float32Column(values)
  return makeData({ type: listType(size), length: values.length / size, nullCount: 0, child })
}

export const listType = (size: number): FixedSizeList<Float32> => new FixedSizeList(size, new Field('item', new Float32(), false))

/** From bytes of 0 and 1. */
export function boolColumn(bytes: Uint8Array): Data {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8))
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  return makeData({ type: new Bool(), length: bytes.length, nullCount: 0, data: bits })
}

/** float64, with a null for each NaN. */
export function measuredColumn(values: Float64Array): Data<Float64> {
  const nullBitmap = boolColumn(Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1))).values as Uint8Array
  return makeData({ type: new Float64(), length: values.length, data: values, nullBitmap })
}

/** Text, as utf8 unless another type of text is given. */
export function utf8Column(texts: readonly string[], type: DataType = new Utf8()): Data {
  const bytes = texts.map((text) => Buffer.from(text))
  const offsets = new Float64Array(texts.length + 1)
  bytes.forEach(({ length }, i) => {
    offsets[i + 1] = (offsets[i] as number) + length
  })
  const valueOffsets = DataType.isLargeUtf8(type) ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets)
  return makeData({ type, length: texts.length, nullCount: 0, valueOffsets, data: Buffer.concat(bytes) } as Parameters<typeof makeData>[0])
}

/** A column of `length` nulls. */
export function nullColumn(type: DataType, length: number): Data {
  const nullBitmap = new Uint8Array(Math.ceil(length / 8))
  return makeData({ type, length, nullCount: length, nullBitmap } as Parameters<typeof makeData>[0])
}

/** A batch of `rows` rows from one column for each field. */
export function recordBatch(schema: Schema, rows: number, columns: readonly Data[]): RecordBatch {
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children: [...columns] }))
}

