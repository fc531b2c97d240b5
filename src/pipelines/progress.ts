/** Counts what streams emit, and tells of it a few times a second. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { RunEvent } from './events.ts'

/** Time between two events of one stream, in ms. */
const EVERY_MS = 200

interface Count {
  rows: number
  batches: number
}

export class Progress {
  readonly #emit: (event: RunEvent) => void
  readonly #counts = new Map<string, Count>()

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = emit
  }

  /** Subscribes to a stream; resolves when it ends, or when the signal aborts. */
  follow(stream: string, batches$: Observable<RecordBatch>, signal: AbortSignal): Promise<void> {
    const count: Count = this.#counts.get(stream) ?? { rows: 0, batches: 0 }
    this.#counts.set(stream, count)
    const began = performance.now()
    let told = began
    let last: RecordBatch | undefined
    const tell = (): void => {
      if (last !== undefined) this.#tell(stream, count, last, (count.rows / Math.max(1, performance.now() - began)) * 1000)
    }
    return new Promise((resolve, reject) => {
      const subscription = batches$.subscribe({
        next: (batch) => {
          count.rows += batch.numRows
          count.batches++
          last = batch
          if (performance.now() - told < EVERY_MS) return
          told = performance.now()
          tell()
        },
        error: reject,
        complete: () => {
          tell()
          resolve()
        },
      })
      subscription.add(() => resolve())
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true })
    })
  }

  totals(): Record<string, { readonly rows: number; readonly batches: number }> {
    return Object.fromEntries([...this.#counts].map(([name, { rows, batches }]) => [name, { rows, batches }]))
  }

  #tell(stream: string, { rows, batches }: Count, batch: RecordBatch, rowsPerSecond: number): void {
    const at = (column: string): number | null => {
      const value = batch.getChild(column)?.get(batch.numRows - 1) as number | bigint | null | undefined
      return value === null || value === undefined ? null : Number(value)
    }
    const step = at('step')
    const [loss, rate] = [at('loss'), at('learning_rate')]
    if (loss !== null && rate !== null && step !== null) {
      this.#emit({ event: 'training', stream, step, loss, learning_rate: rate, epoch: at('epoch'), rows_per_s: rowsPerSecond })
    } else {
      this.#emit({ event: 'progress', stream, rows, batches, rows_per_s: rowsPerSecond, ...(step === null ? {} : { step }) })
    }
  }
}
