/**
 * The streams of a run, for those who watch.
 *
 * The run names its streams, then shows each of them at the start of its phases. Without clients a
 * batch costs less than a microsecond; nothing that a client does reaches the run.
 * Errors: tap_stream_unknown.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { fail } from '../../errors.ts'
import { Channel } from './channel.ts'
import type { Recorded, Replayed, StreamInfo, TapOptions } from './contract.ts'
import type { Tap } from './tap.ts'
import { View } from './view.ts'

/** Streams that run at the same time. */
interface Phase {
  readonly streams: readonly string[]
}

export class Hub {
  readonly #channels = new Map<string, Channel>()
  #isEnded = false

  /** The run's phases, where they are known beforehand: a stream goes on until the last of its phases. */
  constructor(phases: readonly Phase[] = []) {
    const counts = new Map<string, number>()
    for (const name of phases.flatMap(({ streams }) => streams)) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const [name, count] of counts) this.#channels.set(name, new Channel(name, count))
  }

  /** Looks at a stream that is about to run. It must be shared with whoever else reads it: we subscribe once more. */
  watch(name: string, batches$: Observable<RecordBatch>, recorded?: Recorded): void {
    if (!this.#isEnded) this.#channel(name).watch(batches$, recorded)
  }

  /** A stream of a run that is over: rows are read from what the run has written. */
  replay(name: string, past: Replayed): Promise<void> {
    return this.#channel(name).replay(past)
  }

  /** A stream of a run that is over, of which nothing can be read. */
  close(name: string, state: 'ended' | 'failed'): void {
    this.#channel(name).end(state)
  }

  streams(): StreamInfo[] {
    return [...this.#channels.values()].map(({ info }) => info)
  }

  /** What a client sees of a stream's columns; undefined until they are known. Throws tap_stream_unknown, tap_column_unknown. */
  schema(name: string, options: TapOptions = {}): Schema | undefined {
    const { schema } = this.#known(name)
    return schema === undefined ? undefined : new View(name, options).schema(schema)
  }

  /** The last batch that a stream emitted. */
  newest(name: string): RecordBatch | undefined {
    return this.#channels.get(name)?.log.newest?.batch
  }

  has(name: string): boolean {
    return this.#channels.has(name)
  }

  /** Batches from now on; throws tap_stream_unknown. */
  tap(name: string, options: TapOptions = {}): Tap {
    return this.#known(name).tap(options)
  }

  #known(name: string): Channel {
    const channel = this.#channels.get(name)
    if (channel === undefined) throw fail('tap_stream_unknown', { stream: name, streams: [...this.#channels.keys()].join(', ') || 'none' })
    return channel
  }

  #channel(name: string): Channel {
    let channel = this.#channels.get(name)
    if (channel === undefined) this.#channels.set(name, (channel = new Channel(name, 1)))
    return channel
  }

  /** The run is over: every stream ends that has not. */
  end(): void {
    this.#isEnded = true
    for (const channel of this.#channels.values()) channel.end('ended')
  }
}
