/**
 * Taps: a bounded, lossy view of a stream for one client.
 *
 * A tap has no gate. What a client is too slow for is dropped, oldest first, and counted, unless it
 * reads what is recorded from its start; the stream neither waits nor changes.
 */
import type { Recording, WholeRecording } from '../sinks/contract.ts'

export interface TapOptions {
  /**
   * Each n-th step of a stream with steps, each n-th batch of another, counted from the first that
   * was emitted; 1 unless given.
   */
  readonly every?: number
  /** So many chains, the same ones all the time; in a stream without chains, so many rows of each batch. All unless given. */
  readonly rows?: number
  /** For eyes: at most so many steps a second, each the newest when its time has come. All unless given. */
  readonly rate?: number
  /** In this order; all unless given. */
  readonly columns?: readonly string[]
  /**
   * Begin with the newest batch (unless given), or with the first row of the stream, which is read
   * from what a sink has written; of a stream that no sink writes, with the oldest batch that is
   * still there.
   */
  readonly from?: 'latest' | 'start'
  readonly buffer?: Bound
}

/** What may wait for a client. */
export interface Bound {
  readonly batches: number
  /** Memory that the batches hold on to. */
  readonly bytes: number
}

/** A call of the engine emits up to 256 batches and 8 MiB at once: a fast client loses none of them. */
export const BUFFER: Bound = { batches: 512, bytes: 24 * 2 ** 20 }
/** Kept of each stream for clients that come later. */
export const KEPT: Bound = { batches: 8, bytes: 16 * 2 ** 20 }

/** What a sink writes of a stream, for those who ask for it from its start. */
export interface Recorded {
  readonly recording: Recording
  /** Rows that it holds before those of the stream: of a run that was stopped and goes on. */
  readonly before_rows: number
}

/** A stream of a run that is over. */
export interface Replayed {
  readonly recording: WholeRecording
  readonly state: 'ended' | 'failed'
  /** That it had; a recording may have others. */
  readonly batches: number
}

/** `waiting` until the first batch. */
export type StreamState = 'waiting' | 'running' | 'ended' | 'failed'

export interface FieldInfo {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly metadata?: Readonly<Record<string, string>>
}

/** A schema as JSON. */
export interface SchemaInfo {
  readonly fields: readonly FieldInfo[]
  readonly metadata: Readonly<Record<string, string>>
}

export interface StreamInfo {
  readonly name: string
  readonly state: StreamState
  /** Absent until the first batch. */
  readonly schema?: SchemaInfo
  readonly rows: number
  readonly batches: number
  readonly clients: number
  /** Whether `from: 'start'` gives all rows: a sink writes the stream where it can be read back. */
  readonly is_recorded: boolean
  /** Lost by all clients together. */
  readonly dropped_batches: number
  readonly dropped_rows: number
}
