/**
 * A queue of batches with a gate: closed at `capacity` batches or `bytes` bytes, open again below.
 *
 * It takes whatever comes, closed or not: the gate asks for a pause, it does not refuse.
 */
import { Gate } from './gates.ts'

export interface QueueOptions<T> {
  /** Batches. */
  readonly capacity: number
  readonly bytes?: number
  readonly sizeOf?: (item: T) => number
}

export class Queue<T> {
  readonly gate = new Gate()
  readonly #items: T[] = []
  readonly #options: QueueOptions<T>
  #bytes = 0
  /** The most items it ever held. */
  high_water = 0

  constructor(options: QueueOptions<T>) {
    this.#options = options
  }

  get length(): number {
    return this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
    this.#bytes += this.#size(item)
    this.high_water = Math.max(this.high_water, this.#items.length)
    if (this.#isFull()) this.gate.close()
  }

  /** The item that comes next. */
  get first(): T | undefined {
    return this.#items[0]
  }

  /** Up to `count` items, first in first out, as long as they are accepted. */
  take(count: number, accepts: (item: T) => boolean = () => true): T[] {
    const refused = this.#items.findIndex((item) => !accepts(item))
    const taken = this.#items.splice(0, Math.min(count, refused < 0 ? Infinity : refused))
    for (const item of taken) this.#bytes -= this.#size(item)
    if (!this.#isFull() && !this.gate.is_open) this.gate.open()
    return taken
  }

  #isFull(): boolean {
    const { capacity, bytes = Infinity } = this.#options
    return this.#items.length >= capacity || this.#bytes >= bytes
  }

  #size(item: T): number {
    return this.#options.sizeOf?.(item) ?? 0
  }
}
