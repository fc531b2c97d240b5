/**
 * The columns that an encoding takes, and faults of the sample that it is fitted to.
 * Errors: data_column for one that is not there or has no rows, data_not_finite naming the row.
 */
import type { Field, RecordBatch, Schema } from 'apache-arrow'
import { fail, type HeatbathError } from '../../../errors.ts'
import { dataNotFinite } from '../not-finite.ts'

export interface Choice {
  /** All unless given. */
  readonly columns?: readonly string[] | undefined
  readonly exclude: readonly string[]
}

export function chosenColumns({ fields, names }: Schema, { columns = names as string[], exclude }: Choice): Field[] {
  return columns.filter((name) => !exclude.includes(name)).map((name) => {
    const field = fields.find((candidate) => candidate.name === name)
    if (field === undefined) throw fail('data_column', { column: name, problem: `is not there; the table has ${names.join(', ')}` })
    return field
  })
}

export const noRows = (column: string): HeatbathError => fail('data_column', { column, problem: 'has no rows to be fitted to' })

/** `row` counts through all batches. */
export function notFinite(column: string, sample: readonly RecordBatch[], row: number): HeatbathError {
  let [batch, at] = [0, row]
  while (at >= (sample[batch]?.numRows ?? Infinity)) at -= sample[batch++]?.numRows ?? 0
  return dataNotFinite(sample[batch] as RecordBatch, column, at, row - at)
}
