/**
 * Rows of a stream as objects, no more than so many: a keyed uniform sample of those that come.
 *
 * Values are JSON's: numbers, texts, null for a null or what is not finite, times as ISO 8601 says.
 * Of the same rows in other batches the same are kept. With `last_step`, only rows of the last step.
 */
import type { RecordBatch } from 'apache-arrow'
import { gatherRows } from '../../arrow/rows.ts'
import { selectColumns } from '../../arrow/select.ts'
import { hasSteps, stepRuns } from '../../arrow/steps.ts'
import { ndjson } from '../../arrow/text.ts'
import type { Draws } from '../../draws.ts'
import { Places } from '../../reservoir.ts'

export type KeptRow = Readonly<Record<string, unknown>>

export interface KeptRowsOptions {
  /** Columns of the rows. */
  readonly columns: readonly string[]
  readonly capacity: number
  readonly last_step: boolean
}

export class KeptRows {
  /** In no particular order once there are more than fit. */
  rows: KeptRow[] = []
  readonly #options: KeptRowsOptions
  readonly #draws: Draws
  #places: Places
  #step: number | undefined

  constructor(options: KeptRowsOptions, draws: Draws) {
    this.#options = options
    this.#draws = draws
    this.#places = new Places(options.capacity, draws)
  }

  add(batch: RecordBatch): void {
    if (!this.#options.last_step || !hasSteps(batch)) return this.#take(batch)
    for (const { step, from, to } of stepRuns(batch)) {
      if (step !== this.#step) {
        this.#step = step
        this.rows = []
        this.#places = new Places(this.#options.capacity, this.#draws)
      }
      this.#take(batch.slice(from, to))
    }
  }

  #take(batch: RecordBatch): void {
    const items: number[] = []
    const slots: number[] = []
    this.#places.take(batch.numRows, (item, slot) => {
      items.push(item)
      slots.push(slot)
    })
    if (items.length === 0) return
    const taken = gatherRows([selectColumns(batch, this.#options.columns)], new Uint32Array(items.length), Uint32Array.from(items))
    ndjson(taken).split('\n').slice(0, items.length).forEach((line, i) => (this.rows[slots[i] as number] = JSON.parse(line) as KeptRow))
  }
}
