/**
 * Works on the batches of a stream one after the other, in order: each gives one batch, or none.
 *
 * A queue of its own holds back the source while batches wait; no work is begun that nobody downstream
 * has room for. Once `stop` is aborted no further batch is taken, and the stream completes.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { allOpen, gatesInForce, through } from '../../gates.ts'
import { Queue } from '../../queue.ts'

/** `first` is the number of the batch's first row in the stream. */
export type Work = (batch: RecordBatch, first: number) => Promise<RecordBatch | undefined>

const QUEUE_BATCHES = 4

export const inTurn = (work: () => Work, stop?: AbortSignal): OperatorFunction<RecordBatch, RecordBatch> => (source) =>
  new Observable((subscriber) => new Worker(work(), subscriber, stop).run(source))

class Worker {
  readonly #work: Work
  readonly #subscriber: Subscriber<RecordBatch>
  readonly #stop: AbortSignal | undefined
  readonly #downstream = gatesInForce()
  readonly #queue = new Queue<RecordBatch>({ capacity: QUEUE_BATCHES })
  readonly #closed: Promise<void>
  #rows = 0
  #isBusy = false
  #hasEnded = false

  constructor(work: Work, subscriber: Subscriber<RecordBatch>, stop?: AbortSignal) {
    this.#work = work
    this.#subscriber = subscriber
    this.#stop = stop
    this.#closed = new Promise((resolve) => subscriber.add(resolve))
  }

  run(source: Observable<RecordBatch>): void {
    const subscriber = this.#subscriber
    const goOn = (): void => void this.#goOn().catch((error: unknown) => subscriber.error(error))
    this.#stop?.addEventListener('abort', goOn, { once: true })
    subscriber.add(() => this.#stop?.removeEventListener('abort', goOn))
    subscriber.add(through([this.#queue.gate], () => source.subscribe({
      next: (batch) => {
        this.#queue.push(batch)
        goOn()
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        this.#hasEnded = true
        goOn()
      },
    })))
  }

  async #goOn(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    while (!this.#isOver) {
      await Promise.race([allOpen(this.#downstream), this.#closed])
      const [batch] = this.#isOver ? [] : this.#queue.take(1)
      if (batch === undefined) break
      const first = this.#rows
      this.#rows += batch.numRows
      const made = await this.#work(batch, first)
      if (made !== undefined) this.#subscriber.next(made)
    }
    this.#isBusy = false
    if (this.#stop?.aborted === true || this.#hasEnded) this.#subscriber.complete()
  }

  /** Whether there is nothing to do now, or nothing any more. */
  get #isOver(): boolean {
    return this.#subscriber.closed || this.#stop?.aborted === true || this.#queue.length === 0
  }
}
