/**
 * A bounded uniform sample of the rows of a stream, whatever their columns.
 *
 * Keyed as reservoir.ts is: of the same rows in other batches the same are kept. In the order of the
 * stream while all fit, in no particular one after that. Memory: twice the sample at most.
 */
import type { RecordBatch } from 'apache-arrow'
import { gatherRows } from './arrow/rows.ts'
import { selectColumns } from './arrow/select.ts'
import type { Draws } from './draws.ts'
import { Places } from './reservoir.ts'

export class RowSample {
  readonly #columns: readonly string[]
  readonly #capacity: number
  readonly #draws: Draws
  #places: Places
  /** Rows that were taken, in memory of their own; the later ones have replaced some of the earlier. */
  #taken: RecordBatch[] = []
  #num_taken = 0
  /** Where the row of each slot stands among them. */
  #slots: { readonly of: number; readonly row: number }[] = []

  constructor(columns: readonly string[], capacity: number, draws: Draws) {
    this.#columns = columns
    this.#capacity = capacity
    this.#draws = draws
    this.#places = new Places(capacity, draws)
  }

  add(batch: RecordBatch): void {
    const rows: number[] = []
    this.#places.take(batch.numRows, (row, slot) => {
      this.#slots[slot] = { of: this.#taken.length, row: rows.length }
      rows.push(row)
    })
    if (rows.length === 0) return
    this.#taken.push(gatherRows([selectColumns(batch, this.#columns)], new Uint32Array(rows.length), Uint32Array.from(rows)))
    this.#num_taken += rows.length
    if (this.#num_taken >= 2 * this.#capacity) this.#compact()
  }

  /** Begins anew. */
  clear(): void {
    this.#places = new Places(this.#capacity, this.#draws)
    this.#taken = []
    this.#num_taken = 0
    this.#slots = []
  }

  /** The sample in one batch; undefined before the first row. */
  batch(): RecordBatch | undefined {
    this.#compact()
    return this.#taken[0]
  }

  #compact(): void {
    if (this.#slots.length === 0) return
    const batch = gatherRows(this.#taken, Uint32Array.from(this.#slots, ({ of }) => of), Uint32Array.from(this.#slots, ({ row }) => row))
    this.#taken = [batch]
    this.#num_taken = batch.numRows
    this.#slots = Array.from({ length: batch.numRows }, (_, row) => ({ of: 0, row }))
  }
}
