/**
 * Counts what leaves each part of the streams of a run, for those who watch.
 *
 * Part 0 of a stream is its source, its `sample` or the stream it reads; part i is its i-th operator.
 * Operators of one compiled loop have no stream between them, and what follows a loop may join it:
 * a loop is counted where its stream ends.
 * A batch costs an addition; nothing is kept of it.
 */
import type { RecordBatch } from 'apache-arrow'
import { tap, type MonoTypeOperatorFunction } from 'rxjs'

export interface Count {
  readonly rows: number
  readonly batches: number
}

/** For each stream, for each of its parts: null where nothing can be counted. */
export type Counts = Readonly<Record<string, readonly (Count | null)[]>>

export class Meter {
  readonly #streams = new Map<string, ({ rows: number; batches: number } | null)[]>()

  counted(stream: string, part: number): MonoTypeOperatorFunction<RecordBatch> {
    const parts = this.#streams.get(stream) ?? []
    this.#streams.set(stream, parts)
    while (parts.length <= part) parts.push(null)
    const count = (parts[part] ??= { rows: 0, batches: 0 }) // a stream that runs again goes on
    return tap((batch) => {
      count.rows += batch.numRows
      count.batches++
    })
  }

  counts(): Counts {
    return Object.fromEntries(this.#streams)
  }
}
