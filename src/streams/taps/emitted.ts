/** A batch, as all who watch its stream share it. */
import type { RecordBatch } from 'apache-arrow'
import { buffersOf } from './memory.ts'

export class Emitted {
  readonly batch: RecordBatch
  /** It has steps number `first_step`, `first_step` + 1, ...: counted from the stream's beginning, not read. */
  readonly first_step: number
  readonly num_steps: number
  #buffers: readonly ArrayBufferLike[] | undefined

  constructor(batch: RecordBatch, firstStep: number, numSteps: number) {
    this.batch = batch
    this.first_step = firstStep
    this.num_steps = numSteps
  }

  /** The memory it holds on to, each buffer once. */
  get buffers(): readonly ArrayBufferLike[] {
    return (this.#buffers ??= buffersOf(this.batch).buffers)
  }
}
