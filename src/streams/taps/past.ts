/**
 * A stream from one of its rows on, up to the row that it emits next: from what a sink has written,
 * then from what is in memory.
 *
 * No row twice and none left out, however fast the stream goes on meanwhile: memory keeps each row
 * until the recording has it. Who reads slowly stays behind and loses nothing. Batches of a recording
 * are cut into whole steps.
 */
import { RecordBatch } from 'apache-arrow'
import type { Channel } from './channel.ts'
import type { Emitted } from './emitted.ts'
import { StepCounter } from './step-counter.ts'
import { wholeSteps } from './whole-steps.ts'

export class Past implements AsyncIterable<Emitted> {
  readonly #channel: Channel
  readonly #isLeft: () => boolean
  readonly #counter: StepCounter
  /** The next row. */
  #row: number
  /** Rows that are neither on the disk nor in memory any more. */
  missed_rows = 0

  /** From a row that is of step number `step`; `isLeft` tells when nobody reads any more. */
  constructor(channel: Channel, row: number, step = 0, isLeft = (): boolean => false) {
    this.#channel = channel
    this.#row = row
    this.#counter = new StepCounter(step)
    this.#isLeft = isLeft
  }

  /** Steps so far. */
  get steps(): number {
    return this.#counter.steps
  }

  /** Whether there is more than was read so far. */
  get is_behind(): boolean {
    return this.#row < this.#channel.log.end
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Emitted, void, undefined> {
    const { log, recording } = this.#channel
    for (;;) {
      const batch = log.from(this.#row)
      if (batch !== undefined) {
        yield this.#next(batch)
        continue
      }
      if (this.#row >= log.end) return
      const before = this.#row
      for await (const read of wholeSteps(recording?.read(before) ?? NOTHING)) yield this.#next(read)
      if (this.#isLeft()) return
      if (this.#row > before) continue
      if (before < this.#channel.before_rows && recording?.is_growing === true) await soon()
      else this.#skip(log.begin)
    }
  }

  #next(batch: RecordBatch): Emitted {
    this.#row += batch.numRows
    const { schema } = this.#channel
    // the recording's metadata may say more than the stream's
    return this.#counter.place(schema === undefined || schema === batch.schema ? batch : new RecordBatch(schema, batch.data, batch.metadata))
  }

  #skip(row: number): void {
    this.missed_rows += row - this.#row
    this.#row = row
  }
}

/** Rows from before a run was stopped are written again when it goes on. */
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

const NOTHING: readonly RecordBatch[] = []
