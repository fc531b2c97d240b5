/**
 * Cuts a stream into batches of exactly so many rows.
 *
 * Order and schema are unchanged. Rows of one source batch are a slice of it, without a copy; a
 * batch that spans several is joined. What remains at the end is dropped (`drop`), or emitted as
 * one smaller batch (`keep`). Across the epochs of a `repeat` before it, rows carry over.
 * Errors: stream_schema if batches that are joined differ.
 */
import type { RecordBatch } from 'apache-arrow'
import { concat, concatMap, defer, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { parseConfig } from '../../unit.ts'
import { concatBatches } from '../arrow/rows.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  rows: z.int().positive().meta({ description: 'Rows of each batch.' }),
  remainder: z.enum(['drop', 'keep']).default('drop').meta({ description: 'What becomes of fewer rows at the end of the stream.' }),
})

export function rebatch(rows: number, remainder: 'drop' | 'keep' = 'drop'): MonoTypeOperatorFunction<RecordBatch> {
  parseConfig('rebatch', Config, { rows, remainder })
  return rebatchTo(() => rows, remainder)
}

/** To as many rows as it is told anew for each batch that comes. */
export const rebatchTo = (rows: () => number, remainder: 'drop' | 'keep'): MonoTypeOperatorFunction<RecordBatch> => (source) => defer(() => {
  const cutter = new Cutter()
  const whole = source.pipe(concatMap((batch) => cutter.cut(batch, rows())))
  return remainder === 'drop' ? whole : concat(whole, defer(() => cutter.rest()))
})

export const rebatchOperator = defineOperator({
  name: 'rebatch',
  summary: 'Cuts a stream into batches of exactly so many rows.',
  config: Config,
  example: 'through: [{ rebatch: { rows: 128 } }]',
  reference: 'RxJS bufferCount, counted in rows: https://rxjs.dev/api/operators/bufferCount',
  build: ({ rows, remainder }) => rebatch(rows, remainder),
})

class Cutter {
  #held: RecordBatch[] = []
  #count = 0

  rest(): RecordBatch[] {
    return this.#count === 0 ? [] : [concatBatches(this.#held)]
  }

  *cut(batch: RecordBatch, rows: number): Generator<RecordBatch> {
    let at = 0
    while (batch.numRows - at >= rows - this.#count) {
      const end = at + rows - this.#count
      const full = [...this.#held, batch.slice(at, end)]
      this.#held = []
      this.#count = 0
      at = end
      yield concatBatches(full)
    }
    if (at === batch.numRows) return
    this.#held.push(at === 0 ? batch : batch.slice(at, batch.numRows))
    this.#count += batch.numRows - at
  }
}
