/**
 * Positions to start chains from, out of the rows of a stream.
 *
 * Of a stream of particles the rows of its last step, in order of chain; of any other its first rows.
 * Errors: start_rows if there are fewer than chains; data_column, data_not_finite.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, type OperatorFunction } from 'rxjs'
import { fail } from '../../../errors.ts'
import { float32, type HostArray } from '../../../engine/index.ts'
import type { Variable } from '../../../models/variables.ts'
import { concatBatches, countRows } from '../../arrow/rows.ts'
import { hasSteps, stepRuns } from '../../arrow/steps.ts'
import { values } from '../../encodings/values.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'

/** The rows that chains start from, once they are known. */
export function lastRows(chains: number): OperatorFunction<RecordBatch, readonly RecordBatch[]> {
  return (source) => new Observable((subscriber) => {
    let [kept, count, step]: [RecordBatch[], number, number | undefined] = [[], 0, undefined]
    const add = (batch: RecordBatch): void => {
      kept.push(batch)
      count += batch.numRows
    }
    const end = (): void => {
      subscriber.next(kept)
      subscriber.complete()
    }
    subscriber.add(source.subscribe({
      next(batch) {
        if (hasSteps(batch)) {
          for (const run of stepRuns(batch)) {
            if (run.step !== step) [kept, count, step] = [[], 0, run.step]
            add(batch.slice(run.from, run.to))
          }
        } else {
          add(batch)
          if (count >= chains) end()
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete: end,
    }))
  })
}

/** Coordinates of the rows, row-major [chains, dim]. */
export function coordinatesOf(rows: readonly RecordBatch[], chains: number, encoding: FittedEncoding): Float32Array {
  const count = countRows(rows)
  if (count < chains) throw fail('start_rows', { stream: 'the stream to start from', rows: count, chains })
  return encoding.encode(concatBatches(rows).slice(0, chains))
}

/** The positions of a block's chains, columnar; those of its padding repeat the last row. */
export function positionsOf(rows: Float32Array, dim: number, first: number, size: number): HostArray<'float32'> {
  const last = rows.length / dim - 1
  const positions = new Float32Array(dim * size)
  for (let chain = 0; chain < size; chain++) {
    const from = Math.min(first + chain, last) * dim
    for (let i = 0; i < dim; i++) positions[i * size + chain] = rows[from + i] as number
  }
  return float32([dim, size], positions)
}

/** How the columns of variables become coordinates. */
export const encodingOf = (variables: readonly Variable[]): FittedEncoding =>
  values({}).restore(variables.map(({ name, shape }) => ({ name, ...(shape === undefined ? {} : { shape: [...shape] }), divisor: 1 })))
