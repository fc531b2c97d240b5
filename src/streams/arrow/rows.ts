/**
 * Whole rows: joining batches, and picking rows by number.
 *
 * Any column type but unions and views, nulls included. Columns are copied as typed arrays, never
 * row by row as objects. Dictionaries that differ are united, so a stream keeps its schema.
 * Errors: stream_schema for batches of different columns.
 */
import type { Data, RecordBatch } from 'apache-arrow'
import { recordBatch } from './columns.ts'
import { joinRuns, type Runs } from './runs.ts'
import { checkSchema } from './same-schema.ts'

/** One batch of the rows of several, in order; a single one is itself. */
export function concatBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [first, ...others] = batches
  if (first === undefined) throw new RangeError('no batches to join')
  return others.length === 0 ? first : copyBatches(batches)
}

/** Rows of all batches together. */
export const countRows = (batches: readonly RecordBatch[]): number => batches.reduce((sum, { numRows }) => sum + numRows, 0)

/** One batch of the rows of several, in order, in memory of its own. */
export function copyBatches(batches: readonly RecordBatch[]): RecordBatch {
  return pick(batches, {
    chunk: Uint32Array.from(batches.keys()),
    start: new Uint32Array(batches.length),
    length: Uint32Array.from(batches, (batch) => batch.numRows),
    rows: countRows(batches),
  })
}

/** The rows number `rows[i]` of batch number `of[i]`, in that order, in memory of their own. */
export function gatherRows(batches: readonly RecordBatch[], of: Uint32Array, rows: Uint32Array): RecordBatch {
  return pick(batches, { chunk: of, start: rows, length: new Uint32Array(rows.length).fill(1), rows: rows.length })
}

/** The rows of a batch for which `keeps` holds a one; the batch itself if that is all of them. */
export function filterRows(batch: RecordBatch, keeps: Uint8Array): RecordBatch {
  const starts: number[] = []
  const lengths: number[] = []
  let rows = 0
  for (let row = 0; row < batch.numRows; row++) {
    if (keeps[row] !== 1) continue
    if (row > 0 && keeps[row - 1] === 1) lengths.push((lengths.pop() as number) + 1)
    else {
      starts.push(row)
      lengths.push(1)
    }
    rows++
  }
  if (rows === batch.numRows) return batch
  if (starts.length <= 1) return batch.slice(starts[0] ?? 0, (starts[0] ?? 0) + rows)
  return pick([batch], { chunk: new Uint32Array(starts.length), start: Uint32Array.from(starts), length: Uint32Array.from(lengths), rows })
}

function pick(batches: readonly RecordBatch[], runs: Runs): RecordBatch {
  const [first, ...others] = batches
  if (first === undefined) throw new RangeError('no batches to pick from')
  for (const other of others) checkSchema(other, first.schema)
  const columns = first.schema.fields.map(({ name }, i) => joinRuns(name, batches.map((batch) => batch.data.children[i] as Data), runs))
  return recordBatch(first.schema, runs.rows, columns)
}
