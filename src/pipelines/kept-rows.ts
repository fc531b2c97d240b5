/**
 * Rows that a run must have again when it goes on, and that no output of theirs gives back: of a training that is but
 * drawn, or written as curves.
 *
 * They lie in checkpoints/<stream>.arrows, whole once their stream has ended, until their phase is over.
 */
import { existsSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { arrowFile } from '../streams/sinks/arrow-file.ts'
import type { SinkContext, StreamSink } from '../streams/sinks/contract.ts'
import { drain, type DrainOptions } from '../streams/sinks/drain.ts'
import { OF_THE_RUN } from '../streams/sinks/paths.ts'
import { readAll } from '../streams/sinks/read-all.ts'

export class KeptRows {
  readonly #context: Omit<SinkContext, 'name'>

  /** `context` is that of the run's outputs. */
  constructor(context: Omit<SinkContext, 'name'>) {
    this.#context = { ...context, folder: path.join(context.folder, OF_THE_RUN.checkpoints) }
  }

  async write(stream: string, rows$: Observable<RecordBatch>, options: DrainOptions): Promise<void> {
    await drain(rows$, sinkOf(stream), { ...this.#context, name: stream }, options)
  }

  /** None if there is no such file. */
  async read(stream: string): Promise<RecordBatch[]> {
    if (!existsSync(this.#fileOf(stream))) return []
    const recording = await sinkOf(stream).recording?.({ ...this.#context, name: stream })
    return recording === undefined ? [] : readAll(recording)
  }

  async remove(streams: readonly string[]): Promise<void> {
    if (streams.length === 0) return
    for (const stream of streams) await rm(this.#fileOf(stream), { force: true })
    const { folder } = this.#context
    if (existsSync(folder) && (await readdir(folder)).length === 0) await rmdir(folder)
  }

  #fileOf(stream: string): string {
    return path.join(this.#context.folder, nameOf(stream))
  }
}

const nameOf = (stream: string): string => `${stream}.arrows`

const sinkOf = (stream: string): StreamSink => arrowFile({ path: nameOf(stream), overwrite: true })
