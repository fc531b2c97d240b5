/**
 * Decides what a pipeline leaves to its data: encodings of tables, and every `auto`.
 *
 * Once, before training, from a keyed sample of the rows that the model is trained on: the same
 * seed and data decide the same. What was decided is written into the model and the run folder.
 */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, of, toArray, type Observable } from 'rxjs'
import { fail, HeatbathError } from '../errors.ts'
import { streamKey } from '../engine/index.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from '../engine/rng/threefry.ts'
import type { Classes } from '../models/classes.ts'
import type { DataSummary } from '../models/data-summary.ts'
import { readFloats } from '../streams/arrow/read.ts'
import { concatBatches } from '../streams/arrow/rows.ts'
import { fitClasses, type DeclaredClasses } from '../streams/classes.ts'
import type { FittedEncoding } from '../streams/encodings/contract.ts'
import { encode } from '../streams/operators/encode.ts'

/** Rows that an encoding is fitted to. */
export const FIT_ROWS = 10_000
/** Rows between which distances are taken. */
const DISTANCE_ROWS = 500

export interface Sampled {
  readonly rows: RecordBatch
  /** Where each stood in the stream, from 0. */
  readonly numbers: readonly number[]
}

/**
 * `count` rows of a stream, each as likely as any other where the number of rows is known (selection
 * sampling, Knuth 3.4.2 S); else the first rows.
 */
export async function sampleRows(rows$: Observable<RecordBatch>, numRows: number | undefined, count: number, seed: number, name: string): Promise<Sampled> {
  const key = streamKey(seed, `${name}/fit`)
  const picked: RecordBatch[] = []
  const numbers: number[] = []
  let [seen, taken] = [0, 0]
  await new Promise<void>((resolve, reject) => {
    const subscription = rows$.subscribe({
      next(batch) {
        for (let row = 0; row < batch.numRows && taken < count; row++, seen++) {
          if (numRows !== undefined && numRows > count) {
            const [word] = threefry2x32(hostWords, key, [seen | 0, Math.floor(seen / 2 ** 32)], DRAW_ROUNDS)
            if (((word >>> 0) + 0.5) * 2 ** -32 * (numRows - seen) >= count - taken) continue
          }
          picked.push(batch.slice(row, row + 1))
          numbers.push(seen)
          taken++
        }
        if (taken < count) return
        subscription?.unsubscribe()
        resolve()
      },
      error: reject,
      complete: resolve,
    })
    if (taken >= count) subscription.unsubscribe()
  })
  if (picked.length === 0) throw fail('data_empty', { stream: name })
  return { rows: concatBatches(picked), numbers }
}

/** An error that names a row of a sample, naming the row of the stream. */
export function inStream(error: unknown, { numbers }: Sampled): unknown {
  if (!(error instanceof HeatbathError) || typeof error.details.row !== 'number') return error
  return fail(error.code, { ...error.details, row: numbers[error.details.row] }, error)
}

/** The classes that a model finds in its training stream. Throws class_column for a column that names none. */
export function fittedClasses(declared: DeclaredClasses, rows: RecordBatch, place: { readonly model: string; readonly stream: string }): Classes {
  try {
    return fitClasses(declared, rows)
  } catch (error) {
    if (!(error instanceof HeatbathError) || error.code !== 'data_column') throw error
    throw fail('class_column', { ...error.details, ...place }, error)
  }
}

/** The coordinates of rows, as training will see them. */
export interface Coordinates {
  readonly dim: number
  /** Row by row. */
  readonly values: Float32Array
}

export async function coordinatesOf(encoding: FittedEncoding, rows: RecordBatch, on_invalid: 'error' | 'drop'): Promise<Coordinates> {
  const [encoded] = await lastValueFrom(of(rows).pipe(encode(encoding, { on_invalid, stream: 'encoding' }), toArray()))
  const { values, size } = encoded === undefined ? { values: new Float32Array(0), size: 1 } : readFloats(encoded, 'x')
  return { dim: size, values }
}

/** What `auto` values depend on. Throws data_empty for no rows. */
export function summarise({ dim, values }: Coordinates, stream: string): DataSummary {
  if (values.length === 0) throw fail('data_empty', { stream })
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return { dim, mean, sd: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) || 1, largest_distance: largestDistance(values, dim) }
}

function largestDistance(values: Float32Array, dim: number): number {
  const n = Math.min(DISTANCE_ROWS, values.length / dim)
  let largest = 0
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      let square = 0
      for (let i = 0; i < dim; i++) {
        const difference = (values[a * dim + i] as number) - (values[b * dim + i] as number)
        square += difference * difference
      }
      largest = Math.max(largest, square)
    }
  }
  return Math.sqrt(largest) || 1
}
