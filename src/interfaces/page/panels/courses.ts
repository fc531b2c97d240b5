/**
 * Streams of training and of health, followed for the charts, each from its start.
 *
 * A browser opens six connections to one server, for all its windows together. So nothing is followed
 * while the page is out of sight, and all gives way for a while when short requests find no room.
 */
import type { RecordBatch } from 'apache-arrow'
import type { StreamInfo } from '../../../streams/taps/contract.ts'
import { isHealth, isTraining } from '../data/kinds.ts'
import { Tail } from '../net/tail.ts'
import type { Charts } from './charts.ts'

/** Followed at a time. */
const MOST = 3
/** Time for which all gives way, in ms. */
const GIVE_WAY_MS = 30_000

export class Courses {
  readonly #charts: Charts
  readonly #open = new Map<string, Tail>()
  /** Streams that have come to their end. */
  readonly #over = new Set<string>()
  #notBefore = 0

  constructor(charts: Charts) {
    this.#charts = charts
  }

  /** Batches that were too many for this page. */
  get dropped(): number {
    return [...this.#open.values()].reduce((sum, { dropped }) => sum + dropped, 0)
  }

  /** Looks at which streams there are now. */
  update(streams: readonly StreamInfo[]): void {
    if (document.hidden || performance.now() < this.#notBefore) return
    for (const { name, schema, batches } of streams) {
      if (schema === undefined || batches === 0 || this.#open.has(name) || this.#over.has(name) || this.#open.size >= MOST) continue
      if (isTraining(schema)) this.#follow(name, (batch) => this.#charts.training(name, batch))
      else if (isHealth(schema)) this.#follow(name, (batch) => this.#charts.health(name, batch))
    }
  }

  /** Until the next update; what was seen is left out when it comes again. */
  close(): void {
    for (const tail of this.#open.values()) tail.close()
    this.#open.clear()
  }

  giveWay(): void {
    this.close()
    this.#notBefore = performance.now() + GIVE_WAY_MS
  }

  /** After a break: what has ended may have been the server's end, not the stream's. */
  reopen(): void {
    this.close()
    this.#over.clear()
  }

  #follow(stream: string, onBatch: (batch: RecordBatch) => void): void {
    const onEnd = (): void => {
      this.#over.add(stream)
      this.#open.delete(stream)
    }
    this.#open.set(stream, new Tail({ stream, query: { from: 'start' }, onBatch, onEnd }))
  }
}
