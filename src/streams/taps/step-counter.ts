/**
 * Numbers the steps of a stream as they come: 0, 1, ..., whatever their values are.
 *
 * A step may go on in the next batch. In a stream without a column of steps each batch is one.
 */
import { DataType, type RecordBatch, type Schema } from 'apache-arrow'
import { stepRuns } from '../arrow/steps.ts'
import { Emitted } from './emitted.ts'

export class StepCounter {
  /** Steps so far. */
  steps: number
  #last: number | bigint | undefined
  #schema: Schema | undefined
  /** Where the steps are: −1 if there are none. */
  #column = -1

  constructor(steps = 0) {
    this.steps = steps
  }

  place(batch: RecordBatch): Emitted {
    if (batch.schema !== this.#schema) {
      this.#schema = batch.schema
      this.#column = stepColumn(batch.schema)
    }
    const { values, nullCount, length } = batch.data.children[this.#column] ?? NONE
    if (values === undefined || nullCount > 0 || length === 0) return new Emitted(batch, this.steps++, 1)
    const [first, last] = [values[0] as number | bigint, values[length - 1] as number | bigint]
    const isContinued = first === this.#last
    const numSteps = first === last ? 1 : stepRuns(batch).length
    const firstStep = isContinued ? this.steps - 1 : this.steps
    this.steps = firstStep + numSteps
    this.#last = last
    return new Emitted(batch, firstStep, numSteps)
  }

  /** The stream begins again: its first step is another than its last, whatever its value. */
  restart(): void {
    this.#last = undefined
  }
}

const stepColumn = (schema: Schema): number =>
  schema.fields.findIndex(({ name, type }) => name === 'step' && DataType.isInt(type) && type.bitWidth >= 32)

/** Whether steps can be told apart in a batch. */
export const countsSteps = ({ schema, data }: RecordBatch): boolean => data.children[stepColumn(schema)]?.nullCount === 0

const NONE = { values: undefined, nullCount: 0, length: 0 } as const
