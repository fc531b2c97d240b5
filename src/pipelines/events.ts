/** What a run tells while it runs: to the terminal, to the log, to those who watch. */
import type { RecordBatch } from 'apache-arrow'

export type RunEvent =
  | { readonly event: 'phase'; readonly phase: number; readonly phases: number; readonly streams: readonly string[] }
  | { readonly event: 'fitted'; readonly model: string; readonly parameters: number; readonly dim: number }
  | { readonly event: 'progress'; readonly stream: string; readonly rows: number; readonly batches: number; readonly rows_per_s: number; readonly step?: number; readonly steps?: number }
  | { readonly event: 'training'; readonly stream: string; readonly step: number; readonly loss: number; readonly epoch: number | null; readonly learning_rate: number; readonly rows_per_s: number }
  | { readonly event: 'written'; readonly output: string; readonly path?: string; readonly num_rows?: number; readonly bytes?: number }
  /** There is no file: the stream had no rows, and its columns are not known without. */
  | { readonly event: 'unwritten'; readonly output: string }
  | { readonly event: 'checkpoint'; readonly path: string }
  | { readonly event: 'end'; readonly status: RunStatus; readonly seconds: number; readonly error?: RunError }

/** What a failed run failed of. */
export interface RunError {
  readonly code?: string
  readonly message: string
  readonly hint?: string
}

export type RunStatus = 'running' | 'completed' | 'failed' | 'stopped'

/** A batch that a stream emitted, for those who watch. */
export interface Tapped {
  readonly stream: string
  readonly batch: RecordBatch
}
