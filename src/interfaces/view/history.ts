/**
 * The course of a quantity in bounded memory.
 *
 * When it is full, neighbours are joined by their mean: it then holds the same course, half as fine.
 */
export class History {
  readonly #capacity: number
  #values: number[] = []
  /** Values that one entry stands for. */
  #span = 1
  #sum = 0
  #count = 0

  constructor(capacity = 512) {
    this.#capacity = capacity
  }

  push(value: number): void {
    if (!Number.isFinite(value)) return
    this.#sum += value
    if (++this.#count < this.#span) return
    this.#values.push(this.#sum / this.#count)
    this.#sum = this.#count = 0
    if (this.#values.length < this.#capacity) return
    this.#values = pairs(this.#values)
    this.#span *= 2
  }

  /** The course in at most so many values, each a mean of neighbours. */
  values(most: number): number[] {
    const { length } = this.#values
    if (length <= most) return [...this.#values]
    return Array.from({ length: most }, (_, i) => mean(this.#values.slice(Math.floor((i * length) / most), Math.floor(((i + 1) * length) / most))))
  }
}

const pairs = (values: readonly number[]): number[] => Array.from({ length: values.length / 2 }, (_, i) => mean(values.slice(2 * i, 2 * i + 2)))

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
