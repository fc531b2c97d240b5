/** The recording of a sink that has not opened yet: until then it has no rows. */
import type { RecordBatch } from 'apache-arrow'
import type { Recording } from './contract.ts'

export class LaterRecording implements Recording {
  #recording: Recording | undefined
  is_growing = true

  begin(recording: Recording | undefined): void {
    this.#recording = recording
  }

  /** The sink has committed, or given up. */
  end(): void {
    this.is_growing = false
  }

  get num_rows(): number {
    return this.#recording?.num_rows ?? 0
  }

  async *read(from: number): AsyncGenerator<RecordBatch, void, undefined> {
    if (this.#recording !== undefined) yield* this.#recording.read(from)
  }
}
