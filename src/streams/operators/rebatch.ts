/**
 * Cuts a stream into batches of exactly so many rows.
 *
 * Order and schema are unchanged. Rows of one source batch are a slice of it, without a copy; a
 * batch that spans several is joined. What remains at the end is dropped (`drop`), or emitted as
 * one smaller batch (`keep`). Across the epochs of a `repeat` before it, rows carry over.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { concatBatches } from '../arrow/rows.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  rows: z.int().positive().meta({ description: 'Rows of each batch.' }),
  remainder: z.enum(['drop', 'keep']).default('drop').meta({ description: 'What becomes of fewer rows at the end of the stream.' }),
})

export function rebatch(rows: number, remainder: 'drop' | 'keep' = 'drop'): MonoTypeOperatorFunction<RecordBatch> {
  return (source) => new Observable((subscriber) => {
    let held: RecordBatch[] = []
    let count = 0
    const emit = (batches: readonly RecordBatch[]): void => subscriber.next(concatBatches(batches))
    const take = (batch: RecordBatch): void => {
      let at = 0
      while (batch.numRows - at >= rows - count) {
        const end = at + rows - count
        const full = [...held, batch.slice(at, end)]
        held = [] // before emitting: the consumer may unsubscribe
        count = 0
        at = end
        emit(full)
        if (subscriber.closed) return
      }
      if (at < batch.numRows) {
        held.push(at === 0 ? batch : batch.slice(at, batch.numRows))
        count += batch.numRows - at
      }
    }
    subscriber.add(source.subscribe({
      next: take,
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        if (remainder === 'keep' && count > 0) emit(held)
        subscriber.complete()
      },
    }))
  })
}

export const rebatchOperator = defineOperator({
  name: 'rebatch',
  summary: 'Cuts a stream into batches of exactly so many rows.',
  config: Config,
  example: 'through: [{ rebatch: { rows: 128 } }]',
  reference: 'RxJS bufferCount, counted in rows: https://rxjs.dev/api/operators/bufferCount',
  build: ({ rows, remainder }) => rebatch(rows, remainder),
})
