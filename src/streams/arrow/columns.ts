/**
 * Arrow columns over typed arrays, without copying.
 *
 * A column of scalars is the array itself; a list column is its values in rows.
 */
import {
  Bool, Field, FixedSizeList, Float32, Int32, makeData, RecordBatch, Struct, Uint16, Uint32, Uint64,
  type Data, type DataType, type Schema,
} from 'apache-arrow'

export const float32Column = (values: Float32Array): Data<Float32> => makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values })
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

/** A column of `length` nulls. */
export function nullColumn(type: DataType, length: number): Data {
  const nullBitmap = new Uint8Array(Math.ceil(length / 8))
  return makeData({ type, length, nullCount: length, nullBitmap } as Parameters<typeof makeData>[0])
}

/** A batch of `rows` rows from one column for each field. */
export function recordBatch(schema: Schema, rows: number, columns: readonly Data[]): RecordBatch {
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children: [...columns] }))
}

