/**
 * Whatever an observable emits, as record batches.
 *
 * Record batches and tables pass; rows (plain objects, one or an array of them) wait for others until
 * the event loop turns or a thousand are there; a bare number, text or boolean is a row of one column,
 * `value`. Order stays.
 * Errors: data_column, and what the source has.
 */
import { RecordBatch, Table, type Schema } from 'apache-arrow'
import { Observable, type OperatorFunction } from 'rxjs'
import { batchOfRows, schemaOfRows, type Row } from './arrow/from-rows.ts'

const MOST_ROWS = 1024

export function toBatches(): OperatorFunction<unknown, RecordBatch> {
  return (source) => new Observable((subscriber) => {
    let rows: Row[] = []
    let schema: Schema | undefined
    let timer: NodeJS.Immediate | undefined
    const flush = (): void => {
      clearImmediate(timer)
      timer = undefined
      const waiting = rows
      rows = []
      if (waiting.length === 0 || subscriber.closed) return
      try {
        schema ??= schemaOfRows(waiting)
        subscriber.next(batchOfRows(waiting, schema))
      } catch (error) {
        subscriber.error(error)
      }
    }
    const take = (row: Row): void => {
      rows.push(row)
      if (rows.length >= MOST_ROWS) flush()
      else timer ??= setImmediate(flush)
    }
    const batches = (whole: readonly RecordBatch[]): void => {
      flush()
      for (const batch of whole) subscriber.next(batch)
    }
    subscriber.add(() => clearImmediate(timer))
    subscriber.add(source.subscribe({
      next: (value) => {
        if (value instanceof RecordBatch) batches([value])
        else if (value instanceof Table) batches(value.batches)
        else if (Array.isArray(value) && value.every(isRow)) value.forEach(take)
        else take(isRow(value) ? value : { value })
      },
      error: (error: unknown) => {
        flush()
        subscriber.error(error)
      },
      complete: () => {
        flush()
        subscriber.complete()
      },
    }))
  })
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)
