/**
 * Sinks: what becomes of a stream's batches, or of a model.
 *
 * `write` resolves when the batch is taken: waiting for it is the backpressure. What is written has
 * another name until `commit`, so that a reader sees a whole file or none; `abort` leaves nothing.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import type { z } from 'zod'
import { unit, type Declaration, type Unit } from '../../unit.ts'
import type { Model } from '../model.ts'

export interface SinkContext {
  /** The run folder: relative paths start there. */
  readonly folder: string
  /** Name of the stream or the model. */
  readonly name: string
  /** Written into the file where its format has a place for it. */
  readonly origin: Readonly<Record<string, string>>
  /** A run goes on: what is there is its own, and is replaced as if `overwrite` were set. */
  readonly is_resumed?: boolean
}

/** What was written: for the run's manifest. */
export interface Written {
  /** Relative to the run folder; absent if there is no file. */
  readonly path?: string
  readonly num_rows?: number
  readonly bytes?: number
  /** Of the file's bytes, hexadecimal; of a folder's files, one after the other in order of name. */
  readonly sha256?: string
}

/** What a sink has written, to be read back: while it is written, or when all is done. */
export interface Recording {
  /** Rows that can be read by now. */
  readonly num_rows: number
  /** Whether rows may be added; a recording that does not say so is whole. */
  readonly is_growing?: boolean
  /**
   * Rows from number `from` on, in order. Ends where nothing more can be read when the reader asks:
   * a recording that grows meanwhile is read on.
   */
  read(from: number): AsyncGenerator<RecordBatch, void, undefined>
}

/** Of a run that has ended: its columns are known. */
export interface WholeRecording extends Recording {
  readonly schema: Schema
}

export interface Writer {
  /** Absent if what is written cannot be read back. */
  readonly recording?: Recording
  write(batch: RecordBatch): Promise<void>
  commit(): Promise<Written>
  abort(): Promise<void>
}

/** What a sink is going to write, so that it can be refused before anything runs. */
export interface Places {
  /** Files and folders, as they are declared: relative to the run folder. */
  readonly paths: readonly string[]
  /** Whether what is there may be replaced. */
  readonly overwrite: boolean
}

/** Takes the batches of a stream. */
export interface StreamSink {
  readonly takes: 'stream'
  readonly places?: Places
  open(schema: Schema, context: SinkContext): Promise<Writer>
  /** What a run wrote, once its sink has committed; sinks that have it give their writers a `recording` too. */
  recording?(context: SinkContext): Promise<WholeRecording>
}

/** Takes a model, once it is trained. */
export interface ModelSink {
  readonly takes: 'model'
  readonly places?: Places
  save(model: Model, context: SinkContext): Promise<Written>
}

export type Sink = StreamSink | ModelSink

/** Of a sink's unit: what a run wrote at a path, once its sink has committed; absent where it cannot be read back. */
export interface ReadBack {
  readonly recordingAt?: (path: string, context: SinkContext) => Promise<WholeRecording>
}

export function defineSink<C extends z.ZodType>(
  declaration: Declaration<C> & {
    places?(config: z.output<C>): Places
    /** Throws for what cannot be done here, whatever the stream. */
    check?(config: z.output<C>): void
    open(config: z.output<C>, schema: Schema, context: SinkContext): Promise<Writer>
  } & ReadBack,
): Unit<'sink', C, StreamSink> & ReadBack {
  const { check, open, recordingAt } = declaration
  const made = unit<'sink', C, StreamSink>('sink', declaration, (config) => {
    check?.(config)
    return {
      takes: 'stream',
      ...placesOf(declaration, config),
      open: (schema, context) => open(replacing(config, context), schema, context),
      ...(recordingAt === undefined ? {} : { recording: (context: SinkContext) => recordingAt((config as { readonly path: string }).path, context) }),
    }
  })
  return recordingAt === undefined ? made : Object.assign(made, { recordingAt })
}

export function defineModelSink<C extends z.ZodType>(
  declaration: Declaration<C> & {
    places?(config: z.output<C>): Places
    save(config: z.output<C>, model: Model, context: SinkContext): Promise<Written>
  },
): Unit<'sink', C, ModelSink> {
  return unit('sink', declaration, (config) => ({
    takes: 'model' as const,
    ...placesOf(declaration, config),
    save: (model, context) => declaration.save(replacing(config, context), model, context),
  }))
}

const placesOf = <Config>({ places }: { places?(config: Config): Places }, config: Config): { readonly places?: Places } =>
  (places === undefined ? {} : { places: places(config) })

/** A run that goes on replaces its own files. */
const replacing = <Config>(config: Config, { is_resumed }: SinkContext): Config => (is_resumed === true ? { ...config, overwrite: true } : config)
