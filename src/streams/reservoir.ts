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
  readonly #draws: Draws
  #seen = 0
  /** Number of the next value to take; the first `capacity` are all taken. */
  #next: number
  #weight = 1
  #replaced = 0

  constructor(capacity: number, draws: Draws) {
    this.#values = new Float64Array(capacity)
    this.#draws = draws
    this.#next = 0
  }

  /** Adds `values` from index `from` to `to`, itself excluded. */
  add(values: NumberArray, from = 0, to = values.length): void {
    const first = this.#seen
    this.#seen += to - from
    const capacity = this.#values.length
    while (this.#next < this.#seen) {
      const value = values[from + this.#next - first] as number
      const slot = this.#next < capacity ? this.#next : this.#draws.below(capacity, this.#replaced, 0)
      this.#values[slot] = value
      this.#next += this.#next < capacity - 1 ? 1 : this.#skip()
    }
  }

  /** The sample in ascending order, without what is not finite. */
  sorted(): Float64Array {
    return this.#values.slice(0, Math.min(this.#seen, this.#values.length)).filter(Number.isFinite).sort()
  }

  #skip(): number {
    this.#replaced++
    this.#weight *= Math.exp(Math.log(this.#draws.uniform(this.#replaced, 1)) / this.#values.length)
    return Math.floor(Math.log(this.#draws.uniform(this.#replaced, 2)) / Math.log1p(-this.#weight)) + 1
  }
}
