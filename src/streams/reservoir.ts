/**
 * A bounded uniform sample of a stream of numbers, each number as likely as any other to be in it.
 *
 * Keyed: the same numbers in the same order give the same sample. Most of a long stream is skipped
 * without being looked at. Source: Li 1994, algorithm L, https://doi.org/10.1145/198429.198435
 */
import type { NumberArray } from './arrow/numbers.ts'
import type { Draws } from './draws.ts'

export class Reservoir {
  readonly #values: Float64Array
  readonly #places: Places

  constructor(capacity: number, draws: Draws) {
    this.#values = new Float64Array(capacity)
    this.#places = new Places(capacity, draws)
  }

  /** Adds `values` from index `from` to `to`, itself excluded. */
  add(values: NumberArray, from = 0, to = values.length): void {
    this.#places.take(to - from, (item, slot) => (this.#values[slot] = values[from + item] as number))
  }

  /** The sample in ascending order, without what is not finite. */
  sorted(): Float64Array {
    return this.#values.slice(0, this.#places.filled).filter(Number.isFinite).sort()
  }
}

/** Which items of a stream go to which of a number of slots, so that these hold a uniform sample of it. */
export class Places {
  readonly #capacity: number
  readonly #draws: Draws
  #seen = 0
  /** Number of the next item to take; the first `capacity` are all taken. */
  #next = 0
  #weight = 1
  #replaced = 0

  constructor(capacity: number, draws: Draws) {
    this.#capacity = capacity
    this.#draws = draws
  }

  /** How many slots hold an item. */
  get filled(): number {
    return Math.min(this.#seen, this.#capacity)
  }

  /** Puts what is wanted of `count` more items, numbered from 0, into slots. */
  take(count: number, put: (item: number, slot: number) => void): void {
    const [first, capacity] = [this.#seen, this.#capacity]
    this.#seen += count
    while (this.#next < this.#seen) {
      put(this.#next - first, this.#next < capacity ? this.#next : this.#draws.below(capacity, this.#replaced, 0))
      this.#next += this.#next < capacity - 1 ? 1 : this.#skip()
    }
  }

  #skip(): number {
    this.#replaced++
    this.#weight *= Math.exp(Math.log(this.#draws.uniform(this.#replaced, 1)) / this.#capacity)
    return Math.floor(Math.log(this.#draws.uniform(this.#replaced, 2)) / Math.log1p(-this.#weight)) + 1
  }
}
