/**
 * One step of a stream, whole: a step of many chains comes in several batches.
 *
 * What is shown stays until the next step has as many rows, or a newer one begins: no step is shown
 * half.
 */
import type { RecordBatch } from 'apache-arrow'
import { columnOf } from '../../../streams/arrow/read.ts'
import { hasSteps } from '../../../streams/arrow/steps.ts'

export interface Frame {
  /** Undefined for rows without steps. */
  readonly step: number | undefined
  readonly batches: readonly RecordBatch[]
  readonly rows: number
}

export class Frames {
  #shown: Frame | undefined
  #next: Frame | undefined

  /** The newest step that is whole, as far as can be told. */
  get newest(): Frame | undefined {
    return this.#shown
  }

  push(batch: RecordBatch): void {
    const step = stepOf(batch)
    if (this.#next !== undefined && step !== undefined && this.#next.step === step) {
      this.#next = { step, batches: [...this.#next.batches, batch], rows: this.#next.rows + batch.numRows }
    } else {
      if (this.#next !== undefined) this.#shown = this.#next
      this.#next = { step, batches: [batch], rows: batch.numRows }
    }
    if (this.#shown === undefined || this.#shown.step === this.#next.step || this.#next.rows >= this.#shown.rows) this.#shown = this.#next
  }

  /** Nothing more comes: the last is as whole as it will be. */
  end(): void {
    this.#shown = this.#next ?? this.#shown
  }
}

/** The step of the last row. */
function stepOf(batch: RecordBatch): number | undefined {
  if (!hasSteps(batch) || batch.numRows === 0) return undefined
  const { values } = columnOf(batch, 'step')
  return Number((values as BigUint64Array)[batch.numRows - 1])
}
