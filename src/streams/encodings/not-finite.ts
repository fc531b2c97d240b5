/** The error of a value that is missing or not finite, with the SQL that leaves such rows out. */
import { DataType, type Field } from 'apache-arrow'
import { fail, type HeatbathError } from '../../errors.ts'

export const dataNotFinite = ({ name, type }: Field, value: string, row: number): HeatbathError =>
  fail('data_not_finite', { column: name, value, row, remedy: DataType.isFixedSizeList(type) ? 'in the query' : `in the query (WHERE ${conditionOf(name, type)})` })

/** DuckDB's isfinite takes floats and times, and of these only floats can be otherwise. */
function conditionOf(name: string, type: DataType): string {
  const column = `"${name.replaceAll('"', '""')}"`
  return `${column} IS NOT NULL${DataType.isFloat(type) ? ` AND isfinite(${column})` : ''}`
}
