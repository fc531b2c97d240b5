/**
 * Mean and standard deviation of a stream of numbers, in constant memory.
 *
 * One pass over each array, relative to the mean so far, then joined to it; values that are not
 * finite are left out. No cancellation however far the mean lies from zero.
 * Source: Chan, Golub & LeVeque 1983, https://doi.org/10.1080/00031305.1983.10483115
 */
import type { NumberArray } from './arrow/numbers.ts'

export class Moments {
  /** How many numbers there were. */
  count = 0
  #mean = 0
  /** Sum of squared distances from the mean. */
  #squares = 0

  /** NaN without numbers. */
  get mean(): number {
    return this.count === 0 ? NaN : this.#mean
  }

  /** With n − 1 in the denominator; NaN below two numbers. */
  get sd(): number {
    return this.count < 2 ? NaN : Math.sqrt(this.#squares / (this.count - 1))
  }

  /** Adds `values` from index `from` to `to`, itself excluded. */
  add(values: NumberArray, from = 0, to = values.length): void {
    const shift = this.count === 0 ? start(values, from, to) : this.#mean
    const { count, sum, squares } = sums(values, from, to, shift)
    if (count === 0) return
    const total = this.count + count
    const offset = this.count === 0 ? shift - this.#mean : 0
    const delta = sum / count // from the shift to the mean of the new values
    this.#squares += squares - sum * delta + (delta * delta * this.count * count) / total
    this.#mean += offset + (delta * count) / total
    this.count = total
  }
}

interface Sums {
  readonly count: number
  /** Of differences from the shift, and of their squares. */
  readonly sum: number
  readonly squares: number
}

function sums(values: NumberArray, from: number, to: number, shift: number): Sums {
  let sum = 0 // neither as [0, 0], nor with i + 7 in the condition: V8 makes loops of this form more than twice as fast
  let sum2 = 0
  let squares = 0
  let squares2 = 0
  const whole = from + ((to - from) & ~7)
  for (let i = from; i < whole; i += 8) { // eight at a time, into two sums: one addition to a sum waits for the one before
    const a = (values[i] as number) - shift
    const b = (values[i + 1] as number) - shift
    const c = (values[i + 2] as number) - shift
    const d = (values[i + 3] as number) - shift
    const e = (values[i + 4] as number) - shift
    const f = (values[i + 5] as number) - shift
    const g = (values[i + 6] as number) - shift
    const h = (values[i + 7] as number) - shift
    sum += a + b + (c + d)
    sum2 += e + f + (g + h)
    squares += a * a + b * b + (c * c + d * d)
    squares2 += e * e + f * f + (g * g + h * h)
  }
  sum += sum2
  squares += squares2
  for (let i = whole; i < to; i++) {
    const d = (values[i] as number) - shift
    sum += d
    squares += d * d
  }
  return Number.isFinite(squares) ? { count: to - from, sum, squares } : finiteSums(values, from, to, shift)
}

function finiteSums(values: NumberArray, from: number, to: number, shift: number): Sums {
  let count = 0
  let sum = 0
  let squares = 0
  for (let i = from; i < to; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    count++
    sum += value - shift
    squares += (value - shift) ** 2
  }
  return { count, sum, squares }
}

/** The mean of the first array: what the first pass is relative to. */
function start(values: NumberArray, from: number, to: number): number {
  const { count, sum } = sums(values, from, to, 0)
  return count === 0 ? 0 : sum / count
}
