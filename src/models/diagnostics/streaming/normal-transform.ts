/**
 * A fixed function that makes draws normal, as the ranks of an early sample would.
 *
 * Piecewise linear through points of the sample: x to the normal score of its average rank (see
 * normal-scores.ts), at the least and the greatest of the sample, at ranks that double from both ends,
 * and at every 64th part of it. Beyond them it grows as a logarithm: it keeps increasing, and outliers
 * do not outweigh the rest. Where the later draws are distributed as the sample, it is rank
 * normalisation up to the sample's own error; elsewhere still a monotone function of x.
 */
import { averageScore } from '../normal-scores.ts'

const PARTS = 64
/** So that a slope times 0 is 0. */
const STEEPEST = 1e100

export class NormalTransform {
  readonly #x: Float64Array
  readonly #z: Float64Array
  /** At both ends. */
  readonly #slopes: readonly [number, number]

  /** `sorted` is the sample, ascending, not empty and finite. */
  constructor(sorted: Float64Array) {
    const { x, z } = knots(sorted)
    const last = x.length - 1
    const slope = (i: number): number => (last === 0 ? 1 : Math.min(STEEPEST, ((z[i + 1] as number) - (z[i] as number)) / ((x[i + 1] as number) - (x[i] as number))))
    this.#x = x
    this.#z = z
    this.#slopes = [slope(0), slope(last - 1)]
  }

  /** The values through the function, into another array or the same. */
  map(values: Float64Array, into: Float64Array): void {
    const [x, z] = [this.#x, this.#z]
    const last = x.length - 1
    const [low, high] = [x[0] as number, x[last] as number]
    const [slopeBelow, slopeAbove] = this.#slopes
    for (let c = 0; c < values.length; c++) {
      const value = values[c] as number
      if (value <= low) into[c] = (z[0] as number) - Math.log1p((low - value) * slopeBelow)
      else if (value >= high) into[c] = (z[last] as number) + Math.log1p((value - high) * slopeAbove)
      else {
        let [i, end] = [0, last]
        while (end - i > 1) {
          const middle = (i + end) >> 1
          if ((x[middle] as number) <= value) i = middle
          else end = middle
        }
        const part = (value - (x[i] as number)) / ((x[end] as number) - (x[i] as number))
        into[c] = (z[i] as number) + part * ((z[end] as number) - (z[i] as number))
      }
    }
  }
}

/** Ascending x, each once, and the scores of their average ranks. */
function knots(sorted: Float64Array): { readonly x: Float64Array; readonly z: Float64Array } {
  const last = sorted.length - 1
  const doubling = Array.from({ length: Math.ceil(Math.log2(sorted.length / PARTS + 1)) }, (_, i) => 2 ** i - 1)
  const even = Array.from({ length: PARTS + 1 }, (_, i) => Math.round((i * last) / PARTS))
  const ranks = [...doubling, ...doubling.map((rank) => last - rank), ...even]
  const x = Float64Array.from(new Set(ranks.map((rank) => sorted[rank] as number))).sort()
  return { x, z: x.map((value) => averageScore(sorted, value)) }
}
