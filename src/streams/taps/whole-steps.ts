/**
 * Batches cut at steps: each holds whole ones, as few as have a thousand rows together.
 *
 * So a step of many chains is a batch, as it was when it was emitted. A stream without steps is left
 * as it is. Rows and their order stay.
 */
import type { RecordBatch } from 'apache-arrow'
import { concatBatches } from '../arrow/rows.ts'
import { stepRuns } from '../arrow/steps.ts'
import { countsSteps } from './step-counter.ts'

const LEAST_ROWS = 1024

export async function* wholeSteps(batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>): AsyncGenerator<RecordBatch, void, undefined> {
  let held: RecordBatch[] = []
  let rows = 0
  for await (const batch of batches) {
    if (batch.numRows === 0) continue
    if (!countsSteps(batch)) {
      yield batch
      continue
    }
    let from = 0
    for (const { from: at } of stepRuns(batch)) {
      const isNew = at > 0 || isNextStep(held.at(-1), batch)
      if (!isNew || rows + at - from < LEAST_ROWS) continue
      yield concatBatches([...held, ...(at > from ? [batch.slice(from, at)] : [])])
      held = []
      rows = 0
      from = at
    }
    held.push(batch.slice(from, batch.numRows))
    rows += batch.numRows - from
  }
  if (rows > 0) yield concatBatches(held)
}

const isNextStep = (before: RecordBatch | undefined, { schema, data }: RecordBatch): boolean => {
  const column = schema.fields.findIndex(({ name }) => name === 'step')
  const [last, first] = [before?.data.children[column], data.children[column]]
  return last?.values[last.length - 1] !== first?.values[0]
}
