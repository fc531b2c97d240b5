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
/** Of the range, all of the same width: each tells where to look for a value's place among the points. */
const CELLS = 256
/** So that a slope times 0 is 0. */
const STEEPEST = 1e100

export class NormalTransform {
  readonly #x: Float64Array
  readonly #z: Float64Array
  /** From each point to the next. */
  readonly #slopes: Float64Array
  /** The last point at or below the beginning of each cell. */
  readonly #begin: Uint8Array
  /** Cells in a unit of x. */
  readonly #scale: number

  /** `sorted` is the sample, ascending, not empty and finite. */
  constructor(sorted: Float64Array) {
    const { x, z } = knots(sorted)
    const last = x.length - 1
    const slope = (i: number): number => (last === 0 ? 1 : Math.min(STEEPEST, ((z[i + 1] as number) - (z[i] as number)) / ((x[i + 1] as number) - (x[i] as number))))
    this.#x = x
    this.#z = z
    this.#slopes = Float64Array.from({ length: Math.max(1, last) }, (_, i) => slope(i))
    const [low, width] = [x[0] as number, (x[last] as number) - (x[0] as number)]
    this.#scale = CELLS / width
    this.#begin = Uint8Array.from({ length: CELLS + 1 }, (_, cell) => Math.max(0, x.findLastIndex((at) => at <= low + (cell / CELLS) * width)))
  }

  /** The values through the function, into another array or the same. */
  map(values: Float64Array, into: Float64Array): void {
    const [x, z, slopes, begin, scale] = [this.#x, this.#z, this.#slopes, this.#begin, this.#scale]
    const last = x.length - 1
    const [low, high] = [x[0] as number, x[last] as number]
    const [slopeBelow, slopeAbove] = [slopes[0] as number, slopes.at(-1) as number]
    for (let c = 0; c < values.length; c++) {
      const value = values[c] as number
      if (value <= low) into[c] = (z[0] as number) - Math.log1p((low - value) * slopeBelow)
      else if (value >= high) into[c] = (z[last] as number) + Math.log1p((value - high) * slopeAbove)
      else {
        let i = begin[((value - low) * scale) | 0] as number // 0 where that is no number
        while ((x[i] as number) > value) i--
        while ((x[i + 1] as number) <= value) i++
        into[c] = (z[i] as number) + (value - (x[i] as number)) * (slopes[i] as number)
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
