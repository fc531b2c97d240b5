/**
 * The newest batches of a stream, up to a number and to a size in memory: the oldest make room.
 *
 * The newest is kept whatever its size. A buffer that several batches share counts once.
 */
import type { Bound } from './contract.ts'
import type { Emitted } from './emitted.ts'

export class Recent {
  readonly #bound: Bound
  readonly #items: Emitted[] = []
  /** How many of the items hold on to each buffer. */
  readonly #uses = new Map<ArrayBufferLike, number>()
  #bytes = 0

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
    while (this.#items.length > 1 && (this.#items.length > this.#bound.batches || this.#bytes > this.#bound.bytes)) dropped(this.shift() as Emitted)
  }

  /** Takes the oldest. */
  shift(): Emitted | undefined {
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
