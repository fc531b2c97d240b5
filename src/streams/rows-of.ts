/** All rows of a stream in memory, its columns as numbers: what an energy of data depends on. */
import type { RecordBatch } from 'apache-arrow'
import { map, toArray, type Observable } from 'rxjs'
import { fail } from '../errors.ts'
import type { Rows } from '../models/energies/contract.ts'
import { readNumbers } from './arrow/numbers.ts'
import { dataNotFinite } from './encodings/not-finite.ts'
import { countRows } from './arrow/rows.ts'

/** Emits once, when the stream ends. Columns are read when they are asked for: data_column, data_not_finite. */
export const rowsOf = (stream$: Observable<RecordBatch>): Observable<Rows> =>
  stream$.pipe(toArray(), map(rowsIn))

function rowsIn(batches: readonly RecordBatch[]): Rows {
  const count = countRows(batches)
  return {
    count,
    column(name) {
      const column = new Float64Array(count)
      let at = 0
      for (const batch of batches) {
        const { values, is_list } = readNumbers(batch, name)
        if (is_list) throw fail('data_column', { column: name, problem: 'is of lists, not numbers' })
        const row = values.findIndex((value) => !Number.isFinite(value))
        if (row !== -1) throw dataNotFinite(batch, name, row, at)
        column.set(values, at)
        at += batch.numRows
      }
      return column
    },
  }
}
