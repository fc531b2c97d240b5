/**
 * The newest batches of a stream, up to a number and to a size in memory: the oldest make room.
 *
 * The newest is kept whatever its size. A buffer that several batches share counts once. Who is too
 * slow for a stream gains nothing by a long queue but to see what is old: with each batch that is
 * dropped it becomes shorter, down to a sixteenth; it is whole again once all has been taken.
 */
import type { Bound } from './contract.ts'
import type { Emitted } from './emitted.ts'

const LEAST_SHARE = 1 / 16
/** By a drop: half as long after 35. */
const SHORTER = 0.98

export class Recent {
  readonly #bound: Bound
  readonly #items: Emitted[] = []
  /** How many of the items hold on to each buffer. */
  readonly #uses = new Map<ArrayBufferLike, number>()
  #bytes = 0
  /** Of the bound: what is in force. */
  #share = 1

  constructor(bound: Bound) {
    this.#bound = bound
  }

  get length(): number {
    return this.#items.length
  }

  /** Memory that the items hold on to. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether one more makes others go. */
  get is_full(): boolean {
    return this.#items.length >= this.#bound.batches || this.#bytes >= this.#bound.bytes
  }

  /** Adds the newest; `dropped` gets those that make room for it. */
  push(item: Emitted, dropped: (item: Emitted) => void): void {
    this.#items.push(item)
    for (const buffer of item.buffers) this.#hold(buffer)
    while (this.#isOver) {
      dropped(this.#take() as Emitted)
      this.#share = Math.max(LEAST_SHARE, this.#share * SHORTER)
    }
  }

  /** Takes the oldest. */
  shift(): Emitted | undefined {
    const item = this.#take()
    if (this.#items.length === 0) this.#share = 1
    return item
  }

  get #isOver(): boolean {
    return this.#items.length > Math.ceil(this.#bound.batches * this.#share) || (this.#items.length > 1 && this.#bytes > this.#bound.bytes * this.#share)
  }

  #take(): Emitted | undefined {
    const item = this.#items.shift()
    for (const buffer of item?.buffers ?? []) this.#release(buffer)
    return item
  }

  clear(): void {
    this.#items.length = 0
    this.#uses.clear()
    this.#bytes = 0
  }

  #hold(buffer: ArrayBufferLike): void {
    const uses = this.#uses.get(buffer) ?? 0
    this.#uses.set(buffer, uses + 1)
    if (uses === 0) this.#bytes += buffer.byteLength
  }

  #release(buffer: ArrayBufferLike): void {
    const uses = this.#uses.get(buffer) as number
    if (uses > 1) {
      this.#uses.set(buffer, uses - 1)
      return
    }
    this.#uses.delete(buffer)
    this.#bytes -= buffer.byteLength
  }
}
