/**
 * Some columns of a batch, in the order of their names, without a copy.
 *
 * Apache Arrow 21's own RecordBatch.select takes wrong columns once one before them is left out.
 * Errors: data_column for a name that is not there.
 */
import { Schema, type Field, type RecordBatch } from 'apache-arrow'
import { recordBatch } from './columns.ts'
import { columnOf } from './read.ts'

export function selectColumns(batch: RecordBatch, names: readonly string[]): RecordBatch {
  const columns = names.map((name) => columnOf(batch, name))
  const fields = names.map((name) => batch.schema.fields.find((field) => field.name === name) as Field)
  return recordBatch(new Schema(fields, batch.schema.metadata), batch.numRows, columns)
}
