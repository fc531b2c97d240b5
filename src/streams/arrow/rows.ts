/**
 * Whole rows: joining batches, and picking rows by number. Any column type.
 */
import { RecordBatch, Table } from 'apache-arrow'

/** One batch of the rows of several, in order; a single one is itself. */
export function concatBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [first, ...others] = batches
  if (first === undefined) throw new RangeError('no batches to join')
  if (others.length === 0) return first
  return new Table([...batches]).batches[0] as RecordBatch
}
