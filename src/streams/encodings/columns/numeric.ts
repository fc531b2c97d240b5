/**
 * A column of numbers, dates or times as one coordinate.
 *
 *   standardize  z = (v − mean) / sd
 *   quantile     z = Φ⁻¹(F(v)), F the distribution of the sample
 *
 * The second is linear between up to 1024 knots, its first and last piece reaching on for ever; ties
 * share one knot, at the middle of their ranks. Decoded, values are clamped to the range of the
 * sample (unless `clamp` is false), integers and times rounded to what their type has.
 */
import type { DataType } from 'apache-arrow'
import { fail } from '../../../errors.ts'
import { columnFromNumbers, roundedTo } from '../../arrow/from-numbers.ts'
import { isTime, numbersOf, type WholeRange } from '../../arrow/numbers.ts'
import { Moments } from '../../moments.ts'
import type { TableColumn } from './contract.ts'
import { normalQuantile } from './normal-quantile.ts'

export interface NumericParameters {
  /** Of the sample. */
  readonly range: readonly [number, number]
  readonly clamp: boolean
  /** Ascending values and their coordinates; between them it is linear. Two for a standardised column. */
  readonly values: readonly number[]
  readonly scores: readonly number[]
}

export function fitNumeric(sample: Float64Array, method: 'standardize' | 'quantile', clamp: boolean): NumericParameters {
  const sorted = sample.slice().sort()
  const range = [sorted[0] as number, sorted.at(-1) as number] as const
  return { range, clamp, ...(method === 'quantile' ? quantileKnots(sorted) : momentKnots(sample, range)) }
}

function momentKnots(sample: Float64Array, range: readonly [number, number]): Pick<NumericParameters, 'values' | 'scores'> {
  const moments = new Moments()
  moments.add(sample)
  const [low, high] = [moments.mean - moments.sd, moments.mean + moments.sd]
  return { values: low < high ? [low, high] : range, scores: [-1, 1] } // equal where the spread is below the last bit of the mean
}

const MAX_KNOTS = 1024

function quantileKnots(sorted: Float64Array): Pick<NumericParameters, 'values' | 'scores'> {
  const starts = [...sorted.keys()].filter((i) => i === 0 || sorted[i] !== sorted[i - 1]) // of each distinct value
  const picked = starts.length <= MAX_KNOTS ? [...starts.keys()] : evenRanks(starts, sorted.length)
  const middle = (i: number): number => ((starts[i] as number) + (starts[i + 1] ?? sorted.length)) / 2
  return {
    values: picked.map((i) => sorted[starts[i] as number] as number),
    scores: picked.map((i) => normalQuantile(middle(i) / sorted.length)),
  }
}

/** Numbers of distinct values at even ranks, the first and the last among them. */
function evenRanks(starts: readonly number[], count: number): number[] {
  const picked: number[] = []
  let distinct = 0
  for (let k = 0; k < MAX_KNOTS; k++) {
    const rank = Math.round((k * (count - 1)) / (MAX_KNOTS - 1))
    while ((starts[distinct + 1] ?? Infinity) <= rank) distinct++
    if (picked.at(-1) !== distinct) picked.push(distinct)
  }
  return picked
}

/** `whole` is the range of a sample of whole numbers that float64 does not hold. */
export function numericColumn(name: string, type: DataType, { range, clamp, values, scores }: NumericParameters, whole?: WholeRange): TableColumn {
  const [toScore, toValue] = [interpolation(values, scores), interpolation(scores, values)]
  const bounded = clamp ? (value: number) => Math.min(range[1], Math.max(range[0], value)) : (value: number) => value
  return {
    name,
    type,
    size: 1,
    encode(data, { coordinates, at, dim }) {
      const numbers = numbersOf(data)?.values
      if (numbers === undefined) throw fail('data_column', { column: name, problem: `is ${data.type}, not numbers` })
      if ((isTime(type) || isTime(data.type)) && String(type) !== String(data.type)) throw fail('data_column', { column: name, problem: `is ${data.type}; it was ${type} when the encoding was fitted` })
      for (let row = 0; row < numbers.length; row++) coordinates[row * dim + at] = toScore(numbers[row] as number)
    },
    decode({ coordinates, at, dim }) {
      const numbers = new Float64Array(coordinates.length / dim)
      for (let row = 0; row < numbers.length; row++) {
        const value = toValue(coordinates[row * dim + at] as number)
        numbers[row] = Number.isNaN(value) ? NaN : bounded(roundedTo(type, value))
      }
      return columnFromNumbers(type, numbers, clamp ? whole : undefined)
    },
    addLogSlope({ coordinates, at, dim }, sums) {
      sums.forEach((sum, row) => {
        const piece = pieceOf(scores, coordinates[row * dim + at] as number)
        sums[row] = sum - Math.log(((values[piece + 1] as number) - (values[piece] as number)) / ((scores[piece + 1] as number) - (scores[piece] as number)))
      })
    },
  }
}

/** The piecewise linear function through points of ascending x, its first and last piece reaching on for ever. */
function interpolation(xs: readonly number[], ys: readonly number[]): (x: number) => number {
  const [from, to] = [Float64Array.from(xs), Float64Array.from(ys)]
  return (x) => {
    const low = pieceOf(from, x)
    const high = low + 1
    const x0 = from[low] as number
    const y0 = to[low] as number
    const rate = (x - x0) / ((from[high] as number) - x0)
    const y1 = to[high] as number
    return rate <= 0.5 ? y0 + rate * (y1 - y0) : y1 - (1 - rate) * (y1 - y0) // both ends are met exactly
  }
}

/** Number of the piece between ascending points in which x lies; the first or the last for an x outside. */
function pieceOf(points: ArrayLike<number>, x: number): number {
  let low = 0
  let high = points.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((points[middle] as number) <= x) low = middle
    else high = middle
  }
  return low
}
