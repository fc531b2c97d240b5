/**
 * The courses of some quantities over one axis, in bounded memory.
 *
 * When it is full, neighbours are joined by their means: it then holds the same courses, half as
 * fine. What is not finite is a gap, and leaves means alone. Points have to come in order of x; those
 * that do not advance were seen before (a stream that was asked for again), and are left out.
 */
export class Course {
  readonly #capacity: number
  /** x, then a line each. */
  #columns: number[][]
  /** What the next point is made of: sums and how many of each. */
  #sums: number[]
  #counts: number[]
  /** Values that one point stands for. */
  #span = 1
  #pushed = 0
  #lastX = -Infinity

  constructor(lines: number, capacity = 1024) {
    this.#capacity = capacity
    this.#columns = Array.from({ length: lines + 1 }, () => [])
    this.#sums = new Array<number>(lines + 1).fill(0)
    this.#counts = new Array<number>(lines + 1).fill(0)
  }

  get length(): number {
    return (this.#columns[0] as number[]).length
  }

  /** x, then the lines; a gap is null. */
  get columns(): (number | null)[][] {
    return this.#columns.map((column) => column.map((value) => (Number.isNaN(value) ? null : value)))
  }

  /** The newest value of a line that is no gap. */
  last(line: number): number | undefined {
    return (this.#columns[line + 1] as number[]).findLast((value) => !Number.isNaN(value))
  }

  push(x: number, values: readonly number[]): void {
    if (!(x > this.#lastX)) return
    this.#lastX = x
    for (const [i, value] of [x, ...values].entries()) {
      if (!Number.isFinite(value)) continue
      this.#sums[i] = (this.#sums[i] as number) + value
      this.#counts[i] = (this.#counts[i] as number) + 1
    }
    if (++this.#pushed < this.#span) return
    for (const [i, column] of this.#columns.entries()) column.push((this.#sums[i] as number) / (this.#counts[i] as number))
    this.#sums.fill(0)
    this.#counts.fill(0)
    this.#pushed = 0
    if (this.length >= this.#capacity) this.#halve()
  }

  #halve(): void {
    this.#columns = this.#columns.map((column) => Array.from({ length: column.length / 2 }, (_, i) => meanOf(column[2 * i] as number, column[2 * i + 1] as number)))
    this.#span *= 2
  }
}

const meanOf = (a: number, b: number): number => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2)

/** Means over a window of neighbours, gaps left out: what a noisy line is about. */
export function smoothed(values: readonly (number | null)[], reach: number): (number | null)[] {
  const sums = new Float64Array(values.length + 1)
  const counts = new Float64Array(values.length + 1)
  values.forEach((value, i) => {
    sums[i + 1] = (sums[i] as number) + (value ?? 0)
    counts[i + 1] = (counts[i] as number) + (value === null ? 0 : 1)
  })
  return values.map((_, i) => {
    const own = Math.min(reach, i) // narrower at the beginning, which is often steep
    const [from, to] = [i - own, Math.min(values.length, i + own + 1)]
    const count = (counts[to] as number) - (counts[from] as number)
    return count === 0 ? null : ((sums[to] as number) - (sums[from] as number)) / count
  })
}
