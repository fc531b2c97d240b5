/**
 * The column `step` of particles, training and health: which rows belong to one step.
 */
import { DataType, type RecordBatch } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { columnOf } from './read.ts'

/** Rows [from, to) of a batch, all of one step. */
export interface StepRun {
  readonly step: number
  readonly from: number
  readonly to: number
}

export const hasSteps = (batch: RecordBatch): boolean => batch.schema.fields.some(({ name }) => name === 'step')

/** The rows of a batch by step, in the order in which they stand. Throws data_column if there is no column `step` of integers. */
export function stepRuns(batch: RecordBatch): StepRun[] {
  const { type, values, nullCount } = columnOf(batch, 'step')
  if (!DataType.isInt(type) || type.bitWidth < 32) throw fail('data_column', { column: 'step', problem: `is ${type}, not an integer of 32 or 64 bits` })
  if (nullCount > 0) throw fail('data_column', { column: 'step', problem: 'has nulls' })
  // Of 64 bits the low word is enough: no two neighbours are a multiple of 2^32 steps apart.
  const words = new Uint32Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength / 4)
  const stride = type.bitWidth / 32
  const runs: StepRun[] = []
  const add = (from: number, to: number): void => void (to > from && runs.push({ step: Number(values[from]), from, to }))
  let from = 0
  for (let row = 1; row < batch.numRows; row++) {
    if (words[row * stride] === words[from * stride]) continue
    add(from, row)
    from = row
  }
  add(from, batch.numRows)
  return runs
}
