/**
 * Definition and repetition levels: which rows have values, and which values are of one row.
 *
 * A plain column needs a bit for each row, as Arrow has them. A list takes a slot for each of its
 * values, and one for a null or an empty list.
 */
import { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { copyBits, countBits, exactBits, setBits } from '../arrow/bits.ts'
import { appendRun, appendVarint, roomFor } from './values.ts'

/** The levels of some rows, and the values that belong to them. */
export interface PageLevels {
  readonly repetition: Uint8Array
  readonly definition: Uint8Array
  readonly slots: number
  readonly values: number
}

export interface Levels {
  readonly rows: number
  readonly slots: number
  /** Slots without a value. */
  readonly nulls: number
  /** Of rows [from, to). */
  page(from: number, to: number): PageLevels
  /** The number of rows from `from` on whose values are at most `values`; at least 1. */
  rowsWith(from: number, values: number): number
  clear(): void
}

const NONE = new Uint8Array(0)

export class FlatLevels implements Levels {
  readonly #is_nullable: boolean
  #bits = new Uint8Array(0)
  rows = 0
  nulls = 0

  constructor(is_nullable: boolean) {
    this.#is_nullable = is_nullable
  }

  get slots(): number {
    return this.rows
  }

  /** Rows that are there, or only those whose bits from `from` on are set. */
  append(rows: number, valid: Uint8Array | undefined, from: number): void {
    if (this.rows + rows > this.#bits.length * 8) {
      const larger = new Uint8Array(roomFor(this.#bits.length, (this.rows + rows + 7) >> 3))
      larger.set(this.#bits)
      this.#bits = larger
    }
    if (valid === undefined) setBits(this.#bits, this.rows, rows)
    else {
      copyBits(valid, from, this.#bits, this.rows, rows)
      this.nulls += rows - countBits(exactBits(this.#bits, this.rows, rows), rows)
    }
    this.rows += rows
  }

  page(from: number, to: number): PageLevels {
    const slots = to - from
    if (!this.#is_nullable) return { repetition: NONE, definition: NONE, slots, values: slots }
    const bits = exactBits(this.#bits, from, slots)
    const values = countBits(bits, slots)
    const definition: number[] = []
    if (values === slots || values === 0) {
      if (slots > 0) appendRun(definition, slots, values === 0 ? 0 : 1, 1)
      return { repetition: NONE, definition: Uint8Array.from(definition), slots, values }
    }
    appendVarint(definition, bits.length * 2 + 1) // groups of 8 bits, packed as they are
    return { repetition: NONE, definition: Buffer.concat([Uint8Array.from(definition), bits]), slots, values }
  }

  rowsWith(from: number, values: number): number {
    return Math.max(1, Math.min(this.rows - from, values))
  }

  clear(): void {
    this.rows = 0
    this.nulls = 0
  }
}

/** The definition levels of a list's slots. */
export interface ListDepth {
  readonly empty: number
  readonly null_item: number
  readonly item: number
}

export const depthOf = (is_nullable: boolean, is_item_nullable: boolean): ListDepth => {
  const empty = is_nullable ? 1 : 0
  return { empty, null_item: empty + 1, item: empty + 1 + (is_item_nullable ? 1 : 0) }
}

export class ListLevels implements Levels {
  readonly #depth: ListDepth
  #repetition = new Uint8Array(0)
  #definition = new Uint8Array(0)
  /** The slot that each row begins with. */
  #starts = new Int32Array(0)
  rows = 0
  slots = 0
  nulls = 0

  constructor(depth: ListDepth) {
    this.#depth = depth
  }

  /** A row of so many items, all there. */
  appendFull(items: number): void {
    if (items === 0) return this.appendNone(this.#depth.empty)
    this.#row(items)
    this.#repetition[this.slots] = 0
    this.#repetition.fill(1, this.slots + 1, this.slots + items)
    this.#definition.fill(this.#depth.item, this.slots, this.slots + items)
    this.slots += items
  }

  /** A row whose items are there or not. */
  appendItems(items: readonly boolean[]): void {
    this.#row(items.length)
    for (const [i, is_there] of items.entries()) {
      this.#repetition[this.slots] = i === 0 ? 0 : 1
      this.#definition[this.slots++] = is_there ? this.#depth.item : this.#depth.null_item
      if (!is_there) this.nulls++
    }
  }

  /** A row without items: `level` tells a null from an empty list. */
  appendNone(level: number): void {
    this.#row(1)
    this.#repetition[this.slots] = 0
    this.#definition[this.slots++] = level
    this.nulls++
  }

  page(from: number, to: number): PageLevels {
    const [begin, end] = [this.#start(from), this.#start(to)]
    const definition = this.#definition.subarray(begin, end)
    let values = 0
    for (let i = 0; i < definition.length; i++) if (definition[i] === this.#depth.item) values++
    const bits = this.#depth.item === 1 ? 1 : 2
    return { repetition: hybrid(this.#repetition.subarray(begin, end), 1), definition: hybrid(definition, bits), slots: end - begin, values }
  }

  rowsWith(from: number, values: number): number {
    let to = from
    while (to < this.rows && this.#start(to + 1) - this.#start(from) <= values) to++
    return Math.max(1, to - from)
  }

  clear(): void {
    this.rows = 0
    this.slots = 0
    this.nulls = 0
  }

  #start(row: number): number {
    return row === this.rows ? this.slots : (this.#starts[row] as number)
  }

  #row(slots: number): void {
    if (this.rows === this.#starts.length) this.#starts = larger(this.#starts, this.rows + 1)
    if (this.slots + slots > this.#definition.length) {
      this.#repetition = larger(this.#repetition, this.slots + slots)
      this.#definition = larger(this.#definition, this.slots + slots)
    }
    this.#starts[this.rows++] = this.slots
  }
}

function hybrid(levels: Uint8Array, bits: number): Uint8Array {
  const writer = new ByteWriter(1024 + (levels.length >> 3))
  writeRleBitPackedHybrid(writer, levels, bits)
  return writer.getBytes()
}

function larger<T extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(array: T, size: number): T {
  const grown = new (array.constructor as new (size: number) => T)(roomFor(array.length, size))
  grown.set(array)
  return grown
}
