/**
 * Keeps every n-th step, or every n-th row.
 *
 * In a stream with a column `step` (particles, training, health) the steps are counted as they come,
 * and all rows of the n-th, 2n-th, ... are kept; a step may span several batches. In any other
 * stream the n-th, 2n-th, ... row is kept. Order and schema are unchanged, batches left without
 * rows are not emitted, and those kept whole are passed on as they are.
 */
import type { RecordBatch } from 'apache-arrow'
import { defer, filter, map, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { parseConfig } from '../../unit.ts'
import { filterRows } from '../arrow/rows.ts'
import { hasSteps, stepRuns } from '../arrow/steps.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  every: z.int().positive().meta({ description: 'n: one step in n is kept, or one row in n where there is no column step.' }),
})

export function thin(every: number): MonoTypeOperatorFunction<RecordBatch> {
  parseConfig('thin', Config, { every })
  return (source) => defer(() => {
    const [bySteps, byRows] = [stepMask(every), rowMask(every)]
    return source.pipe(
      map((batch) => filterRows(batch, hasSteps(batch) ? bySteps(batch) : byRows(batch))),
      filter(({ numRows }) => numRows > 0),
    )
  })
}

export const thinOperator = defineOperator({
  name: 'thin',
  summary: 'Keeps every n-th step, or every n-th row.',
  config: Config,
  example: 'through: [{ thin: { every: 10 } }]',
  reference: 'Geyer 1992, https://doi.org/10.1214/ss/1177011137',
  build: ({ every }) => thin(every),
})

/** A one for each row to keep. */
type Mask = (batch: RecordBatch) => Uint8Array

function stepMask(every: number): Mask {
  let [count, last] = [0, NaN]
  return (batch) => {
    const keeps = new Uint8Array(batch.numRows)
    for (const { step, from, to } of stepRuns(batch)) {
      if (step !== last) count++
      last = step
      if (count % every === 0) keeps.fill(1, from, to)
    }
    return keeps
  }
}

function rowMask(every: number): Mask {
  let count = 0
  return ({ numRows }) => {
    const keeps = new Uint8Array(numRows)
    for (let row = every - 1 - (count % every); row < numRows; row += every) keeps[row] = 1
    count += numRows
    return keeps
  }
}
