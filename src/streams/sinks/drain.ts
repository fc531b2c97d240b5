/**
 * Writes a stream into a sink, without loss and without hurry.
 *
 * Batches wait in a queue whose gate holds the source while the sink is busy. The writer is opened
 * with the schema given, or with that of the first batch, or at the end with one that is asked for then; it is
 * committed when the stream completes.
 * When the stream fails, the sink fails or the signal aborts, the subscription ends, the writer is
 * aborted and the promise rejects with that error. Subscribes at once, as fan-out demands.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import { Subscription, type Observable } from 'rxjs'
import { through } from '../gates.ts'
import { Queue } from '../queue.ts'
import type { SinkContext, StreamSink, Writer, Written } from './contract.ts'
import type { LaterRecording } from './later-recording.ts'

export interface DrainOptions {
  /** Known before the first batch, or asked for when there was none: a stream without batches then makes an empty file. */
  readonly schema?: Schema | (() => Promise<Schema | undefined>)
  /** Written before those of the stream. */
  readonly before?: readonly RecordBatch[]
  /** Learns how what is written can be read back, when the sink has opened. */
  readonly recording?: LaterRecording
  /** Batches that wait at most before the source is held; 16 unless given. */
  readonly capacity?: number
  /** Bytes that wait at most before the source is held. */
  readonly bytes?: number
  /** Ends the subscription; what was written is given up. */
  readonly signal?: AbortSignal
  /** Is shown the queue, to say how full it is and was. */
  readonly watch?: (queue: Pick<Queue<RecordBatch>, 'length' | 'high_water'>) => void
}

const CAPACITY = 16
const BYTES = 64 * 2 ** 20

export function drain(stream$: Observable<RecordBatch>, sink: StreamSink, context: SinkContext, options: DrainOptions = {}): Promise<Written> {
  return new Drain(sink, context, options).run(stream$)
}

class Drain {
  readonly #sink: StreamSink
  readonly #context: SinkContext
  readonly #options: DrainOptions
  readonly #queue: Queue<RecordBatch>
  readonly #subscription = new Subscription()
  #writer: Writer | undefined
  #has_ended = false
  #failure: { readonly error: unknown } | undefined
  #wake = (): void => undefined

  constructor(sink: StreamSink, context: SinkContext, options: DrainOptions) {
    const { capacity = CAPACITY, bytes = BYTES } = options
    this.#sink = sink
    this.#context = context
    this.#options = options
    this.#queue = new Queue<RecordBatch>({ capacity, bytes, sizeOf: (batch) => batch.data.byteLength })
    options.watch?.(this.#queue)
  }

  async run(stream$: Observable<RecordBatch>): Promise<Written> {
    const { schema, signal } = this.#options
    const known = typeof schema === 'function' ? undefined : schema
    const stop = (): void => this.#fail(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      if (signal?.aborted === true) stop()
      else this.#subscribe(stream$, known !== undefined)
      if (known !== undefined) {
        await this.#open(known)
        this.#queue.take(0) // opens the gate
      }
      await this.#work()
      if (this.#writer === undefined && typeof schema === 'function') await this.#openEmpty(schema)
      return await this.#writer?.commit() ?? { num_rows: 0 }
    } catch (error) {
      this.#subscription.unsubscribe()
      await this.#abort(error)
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#options.recording?.end()
    }
  }

  #subscribe(stream$: Observable<RecordBatch>, is_held: boolean): void {
    if (is_held) this.#queue.gate.close() // no work before the sink has opened
    this.#subscription.add(through([this.#queue.gate], () => stream$.subscribe({
      next: (batch) => {
        this.#queue.push(batch)
        this.#wake()
      },
      error: (error: unknown) => this.#fail(error),
      complete: () => {
        this.#has_ended = true
        this.#wake()
      },
    })))
  }

  async #work(): Promise<void> {
    for (const batch of this.#options.before ?? []) await this.#write(batch)
    for (;;) {
      this.#check()
      const [batch] = this.#queue.take(1)
      if (batch !== undefined) await this.#write(batch)
      else if (this.#has_ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async #write(batch: RecordBatch): Promise<void> {
    if (this.#writer === undefined) await this.#open(batch.schema)
    this.#check()
    await this.#writer?.write(batch)
  }

  async #open(schema: Schema): Promise<void> {
    this.#writer = await this.#sink.open(schema, this.#context)
    this.#options.recording?.begin(this.#writer.recording)
  }

  async #openEmpty(ask: () => Promise<Schema | undefined>): Promise<void> {
    const schema = await ask()
    this.#check()
    if (schema !== undefined) await this.#open(schema)
  }

  async #abort(error: unknown): Promise<void> {
    try {
      await this.#writer?.abort()
    } catch (second) {
      throw new AggregateError([error, second], 'a sink failed, and failed to remove what it had begun')
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#subscription.unsubscribe()
    this.#wake()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
