/**
 * Numbers out of record batches, without copying where the column is float32 without nulls.
 */
import { DataType, type Data, type RecordBatch } from 'apache-arrow'
import { fail } from '../../errors.ts'

export interface Numbers {
  readonly values: Float32Array
  /** Numbers per row: 1 for a column of scalars, the list's size for fixed-size lists. */
  readonly size: number
  readonly is_list: boolean
}

export const hasColumn = (batch: RecordBatch, name: string): boolean => batch.schema.fields.some((field) => field.name === name)

/** A column by name. Throws data_column if it is not there. */
export function columnOf(batch: RecordBatch, name: string): Data {
  const index = batch.schema.fields.findIndex((field) => field.name === name)
  const data = batch.data.children[index]
  if (data === undefined) throw fail('data_column', { column: name, problem: `is not there; the batch has ${batch.schema.names.join(', ')}` })
  return data
}

/** Whether a column is of nulls alone. */
export const isMissing = ({ nullCount, length }: Data): boolean => length > 0 && nullCount === length

/** The values of a column of float32 or of fixed-size lists of float32. Throws data_column. */
export function readFloats(batch: RecordBatch, name: string): Numbers {
  const data = columnOf(batch, name)
  const { length } = data // a slice's values begin at its first row
  if (DataType.isFixedSizeList(data.type)) {
    const size = data.type.listSize
    const child = data.children[0] as Data
    checkFloats(data, child, name)
    return { values: (child.values as Float32Array).subarray(0, length * size), size, is_list: true }
  }
  checkFloats(data, data, name)
  return { values: (data.values as Float32Array).subarray(0, length), size: 1, is_list: false }
}

function checkFloats(outer: Data, values: Data, name: string): void {
  if (!(values.values instanceof Float32Array)) throw fail('data_column', { column: name, problem: `is ${outer.type}, not float32` })
  if (outer.nullCount > 0 || values.nullCount > 0) throw fail('data_column', { column: name, problem: 'has nulls' })
}
