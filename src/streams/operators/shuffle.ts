/**
 * Shuffles rows within a bounded buffer.
 *
 * Rows are picked uniformly from the buffer: with buffer_rows at or above the number of rows the
 * result is a uniform permutation, else a row comes at most about buffer_rows rows too early. Each
 * row comes out exactly once. Pick number i is a pure function of (seed, stream, i): across the
 * epochs of a `repeat` before it the count goes on, so each epoch has an order of its own; a
 * `repeat` after it repeats one order.
 *
 * Holds at most buffer_rows rows and one batch (rows that are gone are freed when they are as many
 * as those that are left). Emits a batch of the size of each input batch once the buffer is full;
 * what is left at the end comes in batches of the largest size there was, while the gates are open.
 * Source: Fisher & Yates 1938 with Durstenfeld's exchange, https://doi.org/10.1145/364520.364540
 */
import type { RecordBatch } from 'apache-arrow'
import { concat, concatMap, defer, EMPTY, of, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { gatherRows } from '../arrow/rows.ts'
import { keyedDraws, type Draws } from '../draws.ts'
import { gated, gatesInForce } from '../gates.ts'
import { fromPull } from '../pull.ts'
import { defineOperator } from './contract.ts'
import { drawing, optionsOf } from './options.ts'

const Config = z.strictObject({
  buffer_rows: z.int().positive().max(2 ** 31).meta({ description: 'Rows to pick from; the number of all rows for a uniform shuffle.' }),
})

const Options = Config.extend(drawing('training'))

export interface ShuffleOptions {
  readonly seed?: number
  /** Name of the stream: streams of different names are shuffled independently. */
  readonly stream?: string
}

export function shuffle(bufferRows: number, options: ShuffleOptions = {}): MonoTypeOperatorFunction<RecordBatch> {
  const { seed, stream } = optionsOf('shuffle', Options, { buffer_rows: bufferRows, ...options })
  return (source) => defer(() => {
    const gates = gatesInForce()
    const pool = new Pool(keyedDraws(seed, `${stream}/shuffle`))
    const full = source.pipe(concatMap((batch) => {
      pool.add(batch)
      return pool.rows > bufferRows ? of(pool.take(batch.numRows)) : EMPTY
    }))
    return concat(full, gated(gates, fromPull(() => pool.rest())))
  })
}

export const shuffleOperator = defineOperator({
  name: 'shuffle',
  summary: 'Shuffles rows within a bounded buffer.',
  config: Config,
  example: 'through: [{ shuffle: { buffer_rows: 60000 } }]',
  reference: 'Durstenfeld 1964, https://doi.org/10.1145/364520.364540',
  build: ({ buffer_rows }, { seed, site }) => shuffle(buffer_rows, { seed, stream: site }),
})

class Pool {
  /** Rows that are left. */
  rows = 0
  readonly #draws: Draws
  #picks = 0
  #batches: RecordBatch[] = []
  /** Rows of those batches, gone or left. */
  #held = 0
  #largest = 0
  /** Where the rows that are left stand: the batch and the row in it. */
  #of = new Uint32Array(0)
  #row = new Uint32Array(0)

  constructor(draws: Draws) {
    this.#draws = draws
  }

  add(batch: RecordBatch): void {
    const { numRows } = batch
    if (numRows === 0) return
    if (this.#held > 2 * this.rows) this.#compact()
    this.#reserve(this.rows + numRows)
    for (let row = 0; row < numRows; row++, this.rows++) {
      this.#of[this.rows] = this.#batches.length
      this.#row[this.rows] = row
    }
    this.#batches.push(batch)
    this.#held += numRows
    this.#largest = Math.max(this.#largest, numRows)
  }

  /** Takes `count` rows out at random. */
  take(count: number): RecordBatch {
    const [of, row] = [new Uint32Array(count), new Uint32Array(count)]
    for (let i = 0; i < count; i++) {
      const pick = this.#draws.below(this.rows--, this.#picks++)
      of[i] = this.#of[pick] as number
      row[i] = this.#row[pick] as number
      this.#of[pick] = this.#of[this.rows] as number // the last takes its place
      this.#row[pick] = this.#row[this.rows] as number
    }
    return gatherRows(this.#batches, of, row)
  }

  *rest(): Generator<RecordBatch> {
    while (this.rows > 0) yield this.take(Math.min(this.rows, this.#largest))
    this.#batches = []
  }

  /** Copies the rows that are left out of batches that are mostly gone. */
  #compact(): void {
    const left = this.rows === 0 ? [] : [gatherRows(this.#batches, this.#of.subarray(0, this.rows), this.#row.subarray(0, this.rows))]
    this.#batches = left
    this.#held = this.rows
    this.#of.fill(0, 0, this.rows)
    for (let row = 0; row < this.rows; row++) this.#row[row] = row
  }

  #reserve(rows: number): void {
    if (rows <= this.#of.length) return
    this.#of = grown(this.#of, rows)
    this.#row = grown(this.#row, rows)
  }
}

function grown(numbers: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(length, 2 * numbers.length))
  larger.set(numbers)
  return larger
}
