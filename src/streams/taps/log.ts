/**
 * The newest batches of a stream in memory, by row: for clients that come later, and to bridge what
 * a recording does not have yet.
 *
 * The oldest are given up beyond a bound, but none whose rows cannot be read elsewhere by then: the
 * sink that takes them is bounded itself, and holds the source when it is full. Where many are held
 * the small ones are joined: a batch of one row takes a thousand times the room of the row.
 */
import type { RecordBatch } from 'apache-arrow'
import { copyBatches } from '../arrow/rows.ts'
import { KEPT } from './contract.ts'
import { Emitted } from './emitted.ts'
import { buffersOf } from './memory.ts'

interface Item {
  readonly emitted: Emitted
  /** Its first row. */
  readonly row: number
}

export class Log {
  #items: Item[] = []
  #rows = 0
  /** Batches since the beginning. */
  #batches = 0
  #rowBytes = 0
  /** Length at which small batches are joined. */
  #many = MANY

  /** The row that comes next. */
  get end(): number {
    return this.#rows
  }

  /** The first row that is here. */
  get begin(): number {
    return this.#items[0]?.row ?? this.#rows
  }

  get items(): readonly Emitted[] {
    return this.#items.map(({ emitted }) => emitted)
  }

  get newest(): Emitted | undefined {
    return this.#items.at(-1)?.emitted
  }

  /** Forgets all: rows are counted from this number on. */
  restart(row: number): void {
    this.#items = []
    this.#rows = row
  }

  /** Adds the newest; gives up what lies before row `safe`, as far as the bound demands. */
  push(emitted: Emitted, safe: number): void {
    const { batch } = emitted
    // Sizes are estimated: measuring each batch would cost more than all the rest.
    if (this.#batches++ % MEASURED_EVERY === 0) this.#rowBytes = buffersOf(batch).own_bytes / Math.max(1, batch.numRows)
    this.#items.push({ emitted, row: this.#rows })
    this.#rows += batch.numRows
    this.#trim(safe)
    if (this.#items.length >= this.#many) this.#join()
  }

  /** What is here from a row on, up to the end of the batch that it lies in. */
  from(row: number): RecordBatch | undefined {
    if (row < this.begin || row >= this.#rows) return undefined
    let [low, high] = [0, this.#items.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#items[middle] as Item).row <= row) low = middle
      else high = middle - 1
    }
    const { emitted: { batch }, row: first } = this.#items[low] as Item
    return row === first ? batch : batch.slice(row - first)
  }

  #trim(safe: number): void {
    let [gone, length] = [0, this.#items.length]
    const isTooMuch = (): boolean => length > KEPT.batches || (this.#rows - (this.#items[gone] as Item).row) * this.#rowBytes > KEPT.bytes
    while (length > 1 && isTooMuch() && (this.#items[gone + 1] as Item).row <= safe) {
      gone++
      length--
    }
    if (gone > 0) this.#items.splice(0, gone)
  }

  /** Joins neighbours of few rows, but for the newest. */
  #join(): void {
    const joined: Item[] = []
    let [small, rows]: [Item[], number] = [[], 0]
    const flush = (): void => {
      joined.push(...(small.length > 1 ? [joinedOf(small)] : small))
      small = []
      rows = 0
    }
    for (const item of this.#items.slice(0, -KEPT.batches)) {
      const { numRows } = item.emitted.batch
      if (numRows >= SMALL_ROWS || rows >= JOINED_ROWS) flush()
      if (numRows >= SMALL_ROWS) joined.push(item)
      else {
        small.push(item)
        rows += numRows
      }
    }
    flush()
    this.#items = [...joined, ...this.#items.slice(-KEPT.batches)]
    this.#many = Math.max(MANY, 2 * this.#items.length)
  }
}

const MEASURED_EVERY = 64
const MANY = 256
const SMALL_ROWS = 64
const JOINED_ROWS = 1024

function joinedOf(items: readonly Item[]): Item {
  const [first, last] = [items[0] as Item, items.at(-1) as Item]
  const { first_step } = first.emitted
  const numSteps = last.emitted.first_step + last.emitted.num_steps - first_step
  return { row: first.row, emitted: new Emitted(copyBatches(items.map(({ emitted }) => emitted.batch)), first_step, numSteps) }
}
