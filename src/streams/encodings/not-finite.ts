/** The error of a value that is missing or not finite, with the SQL that leaves such rows out. */
import { DataType, type RecordBatch } from 'apache-arrow'
import { fail, type HeatbathError } from '../../errors.ts'
import { columnOf } from '../arrow/read.ts'
import { quotedName } from '../arrow/sql-names.ts'

/** Of a row of a batch, whose first row is number `first_row` of its stream. */
export function dataNotFinite(batch: RecordBatch, column: string, row: number, first_row = 0): HeatbathError {
  const { type } = columnOf(batch, column)
  const is_list = DataType.isFixedSizeList(type)
  const value = is_list ? 'not finite' : String(batch.getChild(column)?.get(row))
  return fail('data_not_finite', { column, value, row: first_row + row, remedy: is_list ? 'in the query' : `in the query (WHERE ${conditionOf(column, type)})` })
}

/** DuckDB's isfinite takes floats and times, and of these only floats can be otherwise. */
function conditionOf(name: string, type: DataType): string {
  const column = quotedName(name)
  return `${column} IS NOT NULL${DataType.isFloat(type) ? ` AND isfinite(${column})` : ''}`
}
