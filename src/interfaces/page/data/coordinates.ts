/** Coordinates of rows as float32, for the graphics processor: without a copy where they are that already. */
import type { RecordBatch } from 'apache-arrow'
import { columnOf, hasColumn } from '../../../streams/arrow/read.ts'
import { numbersOf, type ColumnNumbers } from '../../../streams/arrow/numbers.ts'
import type { Axis } from './kinds.ts'

/** Values are `offset` less than the column's: large numbers (times) keep their digits in float32. */
export function coordinates(batch: RecordBatch, { column, index }: Axis, offset = 0): Float32Array {
  const { values, size } = numbersIn(batch, column)
  const rows = batch.numRows
  if (size === 1 && offset === 0 && values instanceof Float32Array) return values.subarray(0, rows)
  const own = new Float32Array(rows)
  for (let row = 0; row < rows; row++) own[row] = (values[row * size + (index ?? 0)] as number) - offset
  return own
}

/** The offset that an axis needs: none for float32; else its first finite value. */
export function offsetOf(batch: RecordBatch, { column, index }: Axis): number {
  const { values, size } = numbersIn(batch, column)
  if (values instanceof Float32Array) return 0
  for (let row = 0; row < batch.numRows; row++) {
    const value = values[row * size + (index ?? 0)] as number
    if (Number.isFinite(value)) return value
  }
  return 0
}

/** The mean of the finite values of a column over some batches; NaN if it is not there or has none. */
export function meanOf(batches: readonly RecordBatch[], column: string): number {
  let [sum, count] = [0, 0]
  for (const batch of batches) {
    if (!hasColumn(batch, column)) return NaN
    const { values } = numbersIn(batch, column)
    for (let row = 0; row < batch.numRows; row++) {
      const value = values[row] as number
      if (!Number.isFinite(value)) continue
      sum += value
      count++
    }
  }
  return sum / count
}

/** The numbers of a column; NaN where it has none. */
export const numbersIn = (batch: RecordBatch, column: string): Pick<ColumnNumbers, 'values' | 'size'> =>
  numbersOf(columnOf(batch, column)) ?? { values: new Float32Array(batch.numRows).fill(NaN), size: 1 }
