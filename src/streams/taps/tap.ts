/**
 * One client's view of a stream: an async iterable of batches that ends with the stream.
 *
 * What the client has not taken waits, up to a bound; beyond it the oldest are dropped. A batch after
 * which some were dropped says how many so far in its metadata, `heatbath.dropped_batches`.
 * For one reader: it ends when the reader leaves the loop, or by `close` from outside.
 */
import { RecordBatch, type Schema } from 'apache-arrow'
import { Gate } from '../gates.ts'
import type { Channel } from './channel.ts'
import { BUFFER, type StreamState, type TapOptions } from './contract.ts'
import type { Emitted } from './emitted.ts'
import { ownMemory } from './memory.ts'
import { Pace } from './pace.ts'
import { Recent } from './recent.ts'
import { View } from './view.ts'

export class Tap implements AsyncIterable<RecordBatch> {
  readonly #channel: Channel
  readonly #view: View
  readonly #waiting: Recent
  readonly #pace: Pace | undefined
  readonly #news = new Gate()
  #isEnded = false
  #isClosed = false
  #told = 0
  /** What the client took. */
  batches = 0
  rows = 0
  /** What it was too slow for; `dropped_rows` are all rows of those batches. */
  dropped_batches = 0
  dropped_rows = 0

  constructor(channel: Channel, options: TapOptions) {
    this.#channel = channel
    this.#view = new View(channel.name, options)
    this.#waiting = new Recent(options.buffer ?? BUFFER)
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
    await this.#until(() => this.#channel.schema !== undefined || this.#isEnded || this.#isClosed)
    return this.#channel.schema === undefined ? undefined : this.#view.schema(this.#channel.schema)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, undefined> {
    try {
      while (!this.#isClosed) {
        await this.#until(() => (this.#waiting.length > 0 && this.#canChoose) || this.#isEnded || this.#isClosed)
        const next = this.#waiting.shift()
        if (next === undefined) return
        this.#pace?.look()
        const batch = this.#view.of(next, this.#channel.chains ?? 0)
        if (batch === undefined) continue
        this.batches++
        this.rows += batch.numRows
        yield this.#telling(this.#channel.is_crowded ? ownMemory(batch) : batch)
      }
    } finally {
      this.close()
    }
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

  get #canChoose(): boolean {
    return !this.#view.counts_chains || this.#channel.chains !== undefined
  }

  readonly #push = (emitted: Emitted): void => {
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
