/**
 * The column `step` of particles, training and health: which rows belong to one step.
 */
import { DataType, type Data, type RecordBatch, type Uint64 } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { uint64Column } from './columns.ts'
import { columnOf, hasColumn } from './read.ts'

/** Rows [from, to) of a batch, all of one step. */
export interface StepRun {
  readonly step: number
  readonly from: number
  readonly to: number
}

/** With the batch that they are of. */
export interface StepRows extends StepRun {
  readonly batch: RecordBatch
}

export const hasSteps = (batch: RecordBatch): boolean => hasColumn(batch, 'step')

/** Values of columns that are known to hold one step: nobody needs to look through them. */
const ALIKE = new WeakSet<object>()

/** The column `step` of rows that are all of one step. */
export function stepColumn(step: number, rows: number): Data<Uint64> {
  const column = uint64Column(new BigUint64Array(rows).fill(BigInt(step)))
  ALIKE.add(column.values)
  return column
}

/** The rows of a batch by step, in the order in which they stand. Throws data_column if there is no column `step` of integers. */
export function stepRuns(batch: RecordBatch): StepRun[] {
  const { type, values, nullCount } = columnOf(batch, 'step')
  if (!DataType.isInt(type) || type.bitWidth < 32) throw fail('data_column', { column: 'step', problem: `is ${type}, not an integer of 32 or 64 bits` })
  if (nullCount > 0) throw fail('data_column', { column: 'step', problem: 'has nulls' })
  if (ALIKE.has(values as object) && values.length === batch.numRows) return [{ step: Number(values[0]), from: 0, to: batch.numRows }]
  // Of 64 bits the low word is enough: no two neighbours are a multiple of 2^32 steps apart.
  const words = new Uint32Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength / 4)
  const stride = type.bitWidth / 32
  const runs: StepRun[] = []
  for (let from = 0; from < batch.numRows;) {
    const to = endOfRun(words, stride, from, batch.numRows)
    runs.push({ step: Number(values[from]), from, to })
    from = to
  }
  return runs
}

/** The first row after `from` whose word is another one. */
function endOfRun(words: Uint32Array, stride: number, from: number, rows: number): number {
  const word = words[from * stride] as number
  let row = from + 1
  for (let at = row * stride; row + 3 < rows; row += 4, at += 4 * stride) { // four at a time: a step has many rows
    const [a, b, c, d] = [words[at] as number, words[at + stride] as number, words[at + 2 * stride] as number, words[at + 3 * stride] as number]
    if (((a ^ word) | (b ^ word) | (c ^ word) | (d ^ word)) !== 0) break
  }
  while (row < rows && words[row * stride] === word) row++
  return row
}
