/**
 * Runs a pipeline: its phases one after the other, its outputs into a run folder.
 *
 * A stop ends the streams at their next batch; what they have is written, and a checkpoint says
 * where to go on. A failure leaves finished outputs and a manifest that says why.
 */
import type { RecordBatch } from 'apache-arrow'
import path from 'node:path'
import type { Observable } from 'rxjs'
import { HeatbathError } from '../errors.ts'
import { defaultExecutor, type Executor } from '../engine/index.ts'
import { drain } from '../streams/sinks/drain.ts'
import type { ModelSink, SinkContext, StreamSink, Written } from '../streams/sinks/contract.ts'
import { Build } from './build.ts'
import { builtin, type Catalogue } from './catalogue.ts'
import { restoreState, writeCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { OutputDeclaration, PipelineDeclaration } from './declaration.ts'
import type { RunError, RunEvent, RunStatus } from './events.ts'
import { instantiate } from './instantiate.ts'
import { loadModel, modelFromFile } from './load-model.ts'
import type { Meter } from './meter.ts'
import { plan, trainedBy, type Phase } from './plan.ts'
import { Progress } from './progress.ts'
import { resolved } from './resolved.ts'
import { RunFolder, writeWhole } from './run-folder.ts'

export interface RunOptions {
  /** The run folder. */
  readonly out: string
  readonly run_id: string
  /** The pipeline's file; its paths start from the folder it lies in. */
  readonly file: string
  /** The components that models in files are made of; heatbath's own unless given. */
  readonly catalogue?: Catalogue
  readonly executor?: Executor
  /** Aborted to end the run early. */
  readonly stop?: AbortSignal
  readonly limit?: number
  readonly onEvent?: (event: RunEvent) => void
  /** Sees each stream before it runs; what it subscribes holds nothing back. */
  readonly watch?: (stream: string, batches$: Observable<RecordBatch>) => void
  /** Counts what passes between operators. */
  readonly meter?: Meter
  readonly resume?: Checkpoint
  /** Where the run can be watched: written into the manifest while it runs. */
  readonly server?: string
  /** Sees what ended the run, as it was thrown. */
  readonly onFailure?: (cause: unknown) => void
  /** Takes secrets out of messages before they are written. */
  readonly redact?: (text: string) => string
}

export interface RunSummary {
  readonly run_id: string
  readonly name: string
  readonly status: RunStatus
  readonly folder: string
  readonly seconds: number
  readonly streams: Readonly<Record<string, { readonly rows: number; readonly batches: number }>>
  readonly outputs: readonly (Written & { readonly of: string; readonly sink: string })[]
  readonly error?: RunError
}

export async function run(pipeline: PipelineDeclaration, options: RunOptions): Promise<RunSummary> {
  const began = performance.now()
  const seconds = (): number => Math.round(performance.now() - began) / 1000
  const runner = await Runner.create(pipeline, options)
  let status: RunStatus = 'failed'
  let error: RunSummary['error']
  try {
    await runner.run()
    status = options.stop?.aborted === true ? 'stopped' : 'completed'
  } catch (cause) {
    options.onFailure?.(cause)
    error = describeError(cause, options.redact)
  }
  const { run_id } = options
  const result = await runner.finish(status, seconds(), error)
  return { run_id, name: pipeline.name, status, folder: options.out, seconds: seconds(), ...result, ...(error === undefined ? {} : { error }) }
}

class Runner {
  readonly #pipeline: PipelineDeclaration
  readonly #options: RunOptions
  readonly #folder: RunFolder
  readonly #build: Build
  readonly #progress: Progress
  readonly #outputs: (Written & { of: string; sink: string })[] = []
  readonly #stop: AbortSignal
  readonly #origin: Readonly<Record<string, string>>

  static async create(pipeline: PipelineDeclaration, options: RunOptions): Promise<Runner> {
    const { run_id, file } = options
    const folder = options.resume === undefined
      ? await RunFolder.create(options.out, { run_id, name: pipeline.name, seed: pipeline.seed, pipeline: { file: path.resolve(file), folder: path.dirname(path.resolve(file)) }, ...(options.server === undefined ? {} : { server: options.server }) })
      : await RunFolder.open(options.out)
    if (options.resume !== undefined) await folder.update({ status: 'running', process_id: process.pid, ...(options.server === undefined ? {} : { server: options.server }) })
    return new Runner(pipeline, options, folder)
  }

  private constructor(pipeline: PipelineDeclaration, options: RunOptions, folder: RunFolder) {
    this.#pipeline = pipeline
    this.#options = options
    this.#folder = folder
    this.#stop = options.stop ?? new AbortController().signal
    this.#origin = { version: folder.manifest.heatbath, pipeline: pipeline.name, run_id: options.run_id, seed: String(pipeline.seed) }
    this.#progress = new Progress((event) => options.onEvent?.(event))
    const { catalogue = builtin, resume } = options
    this.#build = new Build(pipeline, {
      executor: options.executor ?? defaultExecutor(),
      folder: folder.manifest.pipeline.folder,
      stop: this.#stop,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.meter === undefined ? {} : { meter: options.meter }),
      origin: this.#origin,
      load: loadModel(folder.manifest.pipeline.folder, catalogue),
      ...(resume === undefined ? {} : { resume: resumed(resume, catalogue) }),
    })
  }

  async run(): Promise<void> {
    await this.#build.prepare()
    await writeWhole(path.join(this.#folder.path, 'pipeline.yaml'), resolved(this.#pipeline, this.#build.models))
    const phases = plan(this.#pipeline)
    for (const [index, phase] of phases.entries()) {
      if (index < (this.#options.resume?.phase ?? 0)) continue
      this.#options.onEvent?.({ event: 'phase', phase: index + 1, phases: phases.length, streams: phase.streams })
      await this.#phase(phase, index)
      if (this.#stop.aborted) return this.#checkpoint(index)
      await this.#saveModels(phase)
    }
  }

  async finish(status: RunStatus, seconds: number, error: RunSummary['error']): Promise<Pick<RunSummary, 'streams' | 'outputs'>> {
    const streams = this.#progress.totals()
    const models = Object.fromEntries([...this.#build.models].map(([name, { version }]) => [name, { version }]))
    await this.#folder.end({
      status, seconds, ended: new Date().toISOString(), streams, outputs: this.#outputs, models, ...(error === undefined ? {} : { error }),
    })
    this.#options.onEvent?.({ event: 'end', status, seconds, ...(error === undefined ? {} : { error }) })
    return { streams, outputs: this.#outputs }
  }

  /** Runs streams until they end, their outputs written. */
  async #phase({ streams, outputs, trains }: Phase, index: number): Promise<void> {
    const earlier = await this.#earlier({ streams, outputs, trains }, index)
    const made = this.#build.streams(streams)
    const ends: Promise<void>[] = []
    for (const name of streams) {
      const stream$ = made.get(name)?.stream$ as Observable<RecordBatch>
      this.#options.watch?.(name, stream$)
      const isRead = outputs.some((output) => 'from' in output && output.from === name)
      ends.push(this.#progress.follow(name, stream$, isRead || trains.length > 0))
    }
    for (const output of outputs) if ('from' in output) ends.push(this.#write(output, (made.get(output.from)?.stream$ as Observable<RecordBatch>), earlier.get(output)))
    for (const name of [...streams].reverse()) made.get(name)?.connect() // consumers before what they read
    await settled(ends)
  }

  /** What training streams wrote before the run was stopped: they go on where they were, the others begin again. */
  async #earlier({ outputs }: Phase, index: number): Promise<Map<OutputDeclaration, readonly RecordBatch[]>> {
    const rows = new Map<OutputDeclaration, readonly RecordBatch[]>()
    if (index !== this.#options.resume?.phase) return rows
    for (const output of outputs) {
      const sink = instantiate<StreamSink>(output.sink)
      if ('from' in output && trainedBy(output.from, this.#pipeline).length > 0 && sink.read !== undefined) rows.set(output, await sink.read(this.#context(output.from)))
    }
    return rows
  }

  async #write(output: OutputDeclaration, stream$: Observable<RecordBatch>, before: readonly RecordBatch[] = []): Promise<void> {
    const name = 'from' in output ? output.from : output.model
    const written = await drain(stream$, instantiate<StreamSink>(output.sink), this.#context(name), { before })
    this.#written(output, name, written)
  }

  #context(name: string): SinkContext {
    return { folder: this.#folder.path, name, origin: this.#origin, is_resumed: this.#options.resume !== undefined }
  }

  async #saveModels({ trains }: Phase): Promise<void> {
    for (const output of this.#pipeline.outputs) {
      if (!('model' in output) || !trains.includes(output.model)) continue
      const model = this.#build.models.get(output.model)
      if (model === undefined) continue
      const sink = instantiate<ModelSink>(output.sink)
      this.#written(output, output.model, await sink.save(model, this.#context(output.model)))
    }
  }

  #written({ sink }: OutputDeclaration, of: string, written: Written): void {
    this.#outputs.push({ of, sink: sink.unit.name, ...written })
    const { path: file, num_rows, bytes } = written
    this.#options.onEvent?.({
      event: 'written', output: `${of} → ${sink.unit.name}`,
      ...(file === undefined ? {} : { path: file }), ...(num_rows === undefined ? {} : { num_rows }), ...(bytes === undefined ? {} : { bytes }),
    })
  }

  async #checkpoint(phase: number): Promise<void> {
    const file = await writeCheckpoint(this.#folder.path, phase, this.#build.models)
    this.#options.onEvent?.({ event: 'checkpoint', path: file })
  }
}

/** The models of a checkpoint, with all that their training kept. */
const resumed = (checkpoint: Checkpoint, catalogue: Catalogue): NonNullable<ConstructorParameters<typeof Build>[1]['resume']> => ({
  has: (name) => checkpoint.models.includes(name),
  async model(name) {
    const model = await modelFromFile(path.join(checkpoint.folder, `${name}.safetensors`), catalogue, name)
    await restoreState(model, checkpoint, name)
    return model
  },
})

/** Waits for all; then throws the first failure. */
async function settled(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

export function describeError(cause: unknown, redact = (text: string): string => text): RunError {
  if (cause instanceof HeatbathError) return { code: cause.code, message: redact(cause.message), hint: redact(cause.hint) }
  return { message: redact(cause instanceof Error ? cause.message : String(cause)) }
}
