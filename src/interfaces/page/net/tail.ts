/**
 * The batches of a stream as they come: decoded while they arrive, asked for again after a break.
 *
 * Nothing waits here. What comes is handed on at once, and who draws it takes the newest.
 */
import { RecordBatchReader, type RecordBatch } from 'apache-arrow'
import { ask, pause, Refused } from './ask.ts'

export interface TailOptions {
  readonly stream: string
  readonly query: Readonly<Record<string, string | number>>
  onBatch(batch: RecordBatch): void
  /** The stream has come to its end, or has nothing. */
  onEnd?(): void
}

const RETRY_MS = 1500

export class Tail {
  readonly #options: TailOptions
  readonly #abort = new AbortController()
  /** Batches of this tail that the server dropped, as it was too slow for them. */
  dropped = 0

  constructor(options: TailOptions) {
    this.#options = options
    void this.#run()
  }

  close(): void {
    this.#abort.abort()
  }

  async #run(): Promise<void> {
    const { stream, query, onBatch, onEnd } = this.#options
    const { signal } = this.#abort
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    while (!signal.aborted) {
      try {
        const response = await ask(`/streams/${encodeURIComponent(stream)}?format=arrow&${parameters.toString()}`, { signal })
        const { bytes, broken } = observed(response.body as ReadableStream<Uint8Array>)
        const reader = await RecordBatchReader.from(bytes)
        for await (const batch of reader) {
          if (signal.aborted) return
          this.dropped = Number(batch.metadata.get('heatbath.dropped_batches') ?? this.dropped)
          onBatch(batch)
        }
        if (!broken()) return onEnd?.()
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 401) return onEnd?.()
      }
      await pause(RETRY_MS, signal)
    }
  }
}

/**
 * The bytes of a body, and `broken`, which tells whether they broke off: Arrow's reader takes a break
 * between two messages for the end.
 */
function observed(body: ReadableStream<Uint8Array>): { readonly bytes: ReadableStream<Uint8Array>; readonly broken: () => boolean } {
  const reader = body.getReader()
  let isBroken = false
  const bytes = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        isBroken = true
        throw error
      })
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { bytes, broken: () => isBroken }
}
