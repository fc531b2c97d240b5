/**
 * One client's view of a stream: an async iterable of batches that ends with the stream.
 *
 * Of what is emitted, what the client has not taken waits, up to a bound. Beyond it the oldest are
 * dropped; but who began with what lies behind, where it is recorded, reads on there: it loses nothing. A batch before which some are missing says how many so far in its metadata,
 * `heatbath.dropped_batches`.
 * For one reader: it ends when the reader leaves the loop, or by `close` from outside.
 */
import { RecordBatch, type Schema } from 'apache-arrow'
import { Gate } from '../gates.ts'
import type { Channel } from './channel.ts'
import { BUFFER, type StreamState, type TapOptions } from './contract.ts'
import type { Emitted } from './emitted.ts'
import { ownMemory } from './memory.ts'
import { Pace } from './pace.ts'
import { Past } from './past.ts'
import { Recent } from './recent.ts'
import { View } from './view.ts'

export class Tap implements AsyncIterable<RecordBatch> {
  readonly #channel: Channel
  readonly #view: View
  readonly #waiting: Recent
  readonly #pace: Pace | undefined
  readonly #isComplete: boolean
  readonly #news = new Gate()
  /** What lies behind what waits, until it is read. */
  #past: Past | undefined
  #isEnded = false
  #isClosed = false
  #told = 0
  /** What the client took. */
  batches = 0
  rows = 0
  /** What it was too slow for; `dropped_rows` are all rows of those batches. */
  dropped_batches = 0
  dropped_rows = 0

  /** Begins with a row that lies behind, if one is given. */
  constructor(channel: Channel, options: TapOptions, from?: number) {
    this.#channel = channel
    this.#view = new View(channel.name, options)
    this.#waiting = new Recent(options.buffer ?? BUFFER)
    this.#isComplete = from !== undefined && options.rate === undefined
    if (from !== undefined) this.#fall(from, 0)
    if (options.rate !== undefined) this.#pace = new Pace(options.rate, this.#push, () => this.#waiting.length === 0)
  }

  /** Of the stream. */
  get state(): StreamState {
    return this.#channel.state
  }

  /** Memory that waits for the client. */
  get bytes(): number {
    return this.#waiting.bytes
  }

  /** The schema of what the client sees, once it is known; undefined if the stream ended without a batch. Throws tap_column_unknown. */
  async schema(): Promise<Schema | undefined> {
    await this.#until(() => this.#channel.schema !== undefined || this.#channel.is_over || this.#isEnded || this.#isClosed)
    return this.#channel.schema === undefined ? undefined : this.#view.schema(this.#channel.schema)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, undefined> {
    try {
      while (!this.#isClosed) {
        if (this.#past !== undefined && this.#waiting.length === 0) yield* this.#behind(this.#past)
        await this.#until(() => (this.#waiting.length > 0 && this.#canChoose) || this.#isEnded || this.#isClosed)
        const next = this.#waiting.shift()
        if (next === undefined) return
        this.#pace?.look()
        const batch = this.#seen(next)
        if (batch !== undefined) yield batch
      }
    } finally {
      this.close()
    }
  }

  /** From the stream: some batches are gone before this client could see them. */
  miss({ batches, rows }: { readonly batches: number; readonly rows: number }): void {
    this.dropped_batches += batches
    this.dropped_rows += rows
  }

  /** From the stream: it goes on, while this tap is behind. */
  news(): void {
    this.#news.open()
  }

  /** From the stream: a batch. */
  offer(emitted: Emitted): void {
    this.#news.open() // a batch that is not for this client may be the one that tells how many chains there are
    if (!this.#view.has(emitted)) return
    if (this.#pace === undefined) this.#push(emitted)
    else this.#pace.offer(emitted)
  }

  /** From the stream: no more batches. Those that wait are still for the client. */
  end(): void {
    this.#pace?.flush()
    this.#isEnded = true
    this.#news.open()
  }

  /** From the client: it has left. */
  close(): void {
    this.#isClosed = true
    this.#pace?.close()
    this.#waiting.clear()
    this.#channel.leave(this)
    this.#news.open()
  }

  /** What lies behind; then the stream counts on us. */
  async *#behind(past: Past): AsyncGenerator<RecordBatch, void, undefined> {
    for (;;) {
      for await (const emitted of past) {
        if (past.missed_rows > this.dropped_rows) this.miss({ batches: 1, rows: past.missed_rows - this.dropped_rows })
        if (this.#view.has(emitted)) {
          await this.#until(() => this.#canChoose || this.#isClosed)
          const batch = this.#isClosed ? undefined : this.#seen(emitted)
          if (batch !== undefined) yield batch
        }
        if (this.#isClosed) return
      }
      if (this.#isClosed) return
      if (!past.is_behind) break // nothing was emitted since the last look
    }
    this.#view.shift = past.steps - this.#channel.steps
    this.#past = undefined
    this.#channel.join(this)
  }

  /** What comes from this row on is read where it is kept. */
  #fall(row: number, step: number): void {
    this.#past = new Past(this.#channel, row, step, () => this.#isClosed)
    this.#channel.fall(this)
  }

  /** What the client is given of a batch, if anything. */
  #seen(emitted: Emitted): RecordBatch | undefined {
    const batch = this.#view.of(emitted, this.#channel.chains ?? 0)
    if (batch === undefined) return undefined
    this.batches++
    this.rows += batch.numRows
    return this.#telling(this.#channel.is_crowded ? ownMemory(batch) : batch)
  }

  get #canChoose(): boolean {
    return !this.#view.counts_chains || this.#channel.chains !== undefined
  }

  readonly #push = (emitted: Emitted): void => {
    if (this.#isComplete && this.#waiting.is_full) return this.#fall(this.#channel.log.end - emitted.batch.numRows, emitted.first_step + this.#view.shift)
    this.#waiting.push(emitted, this.#drop)
    this.#news.open()
  }

  readonly #drop = ({ batch }: Emitted): void => {
    this.dropped_batches++
    this.dropped_rows += batch.numRows
    this.#channel.dropped(batch.numRows)
  }

  #telling(batch: RecordBatch): RecordBatch {
    if (this.#told === this.dropped_batches) return batch
    this.#told = this.dropped_batches
    return new RecordBatch(batch.schema, batch.data, new Map([...batch.metadata, ['heatbath.dropped_batches', String(this.#told)]]))
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      this.#news.close()
      await this.#news.opened()
    }
  }
}
