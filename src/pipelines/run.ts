/**
 * Runs a pipeline: its phases one after the other, its outputs into a run folder.
 *
 * A stop ends the streams at their next batch; what they have is written, and a checkpoint says
 * where to go on. A failure ends all streams of its phase: outputs of earlier phases are left, a
 * checkpoint of the models, and a manifest that says why.
 */
import type { RecordBatch } from 'apache-arrow'
import { setMaxListeners } from 'node:events'
import path from 'node:path'
import type { Observable } from 'rxjs'
import { fail, HeatbathError, placed } from '../errors.ts'
import { defaultExecutor, type Executor } from '../engine/index.ts'
import type { Model } from '../streams/model.ts'
import type { Written } from '../streams/sinks/contract.ts'
import { OF_THE_RUN } from '../streams/sinks/paths.ts'
import type { Recorded } from '../streams/taps/index.ts'
import { Build } from './build.ts'
import { builtin, type Catalogue } from './catalogue.ts'
import { removeCheckpoints, restoreState, writeCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { PipelineDeclaration } from './declaration.ts'
import type { RunError, RunEvent, RunStatus } from './events.ts'
import { modelFromFile, modelLoader } from './load-model.ts'
import type { Meter } from './meter.ts'
import { plan, type Phase } from './plan.ts'
import { Progress } from './progress.ts'
import { resolved } from './resolved.ts'
import { newRunId, RunFolder, writeWhole, type Manifest } from './run-folder.ts'
import { RunOutputs } from './run-outputs.ts'

export interface RunOptions {
  /** The run folder. */
  readonly out: string
  /** A new one unless given. */
  readonly run_id?: string
  /** The pipeline's file; its paths start from the folder it lies in. Those of a pipeline without a file start from the working directory. */
  readonly file?: string
  /** The components that models in files are made of; heatbath's own unless given. */
  readonly catalogue?: Catalogue
  readonly executor?: Executor
  /** Aborted to end the run early. */
  readonly stop?: AbortSignal
  readonly limit?: number
  readonly onEvent?: (event: RunEvent) => void
  /** Sees each stream before it runs, with what an output writes of it; what it subscribes holds nothing back. */
  readonly watch?: (stream: string, batches$: Observable<RecordBatch>, recorded?: Recorded) => void
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
    status = await runner.run()
  } catch (cause) {
    options.onFailure?.(cause)
    error = describeError(cause, options.redact)
    await runner.keep().catch((second: unknown) => options.onFailure?.(second)) // the first failure is the one to tell of
  }
  const result = runner.result()
  try {
    await runner.finish(status, seconds(), error)
  } catch (cause) {
    options.onFailure?.(cause)
    status = 'failed'
    error ??= describeError(cause, options.redact)
  }
  options.onEvent?.({ event: 'end', status, seconds: seconds(), ...(error === undefined ? {} : { error }) })
  return { run_id: runner.run_id, name: pipeline.name, status, folder: options.out, seconds: seconds(), ...result, ...(error === undefined ? {} : { error }) }
}

class Runner {
  readonly #pipeline: PipelineDeclaration
  readonly #options: RunOptions
  readonly #folder: RunFolder
  readonly #build: Build
  readonly #progress: Progress
  readonly #outputs: RunOutputs
  readonly #stop: AbortSignal
  /** Aborted by the first failure of a phase. */
  readonly #failed = new AbortController()
  readonly #phases: readonly Phase[]
  /** Index of the phase that is under way; undefined before the first. */
  #index: number | undefined
  /** Whose training is under way. */
  #training: readonly string[] = []
  /** The last checkpoint between two phases, and the phase before which it is. */
  #secured: { readonly phase: number; readonly file: string } | undefined

  static async create(pipeline: PipelineDeclaration, options: RunOptions): Promise<Runner> {
    const { run_id = newRunId() } = options
    const folder = options.resume === undefined
      ? await RunFolder.create(options.out, { run_id, name: pipeline.name, seed: pipeline.seed, pipeline: placeOf(options), ...(options.server === undefined ? {} : { server: options.server }) })
      : await RunFolder.open(options.out)
    if (options.resume !== undefined) await folder.update({ status: 'running', process_id: process.pid, ...(options.server === undefined ? {} : { server: options.server }) })
    return new Runner(pipeline, options, folder)
  }

  private constructor(pipeline: PipelineDeclaration, options: RunOptions, folder: RunFolder) {
    this.#pipeline = pipeline
    this.#options = options
    this.#folder = folder
    this.#stop = options.stop ?? new AbortController().signal
    unlimited(this.#failed.signal)
    this.#phases = plan(pipeline)
    const origin = { version: folder.manifest.heatbath, pipeline: pipeline.name, run_id: this.run_id, seed: String(pipeline.seed) }
    const context = { folder: folder.path, origin, is_resumed: options.resume !== undefined }
    this.#outputs = new RunOutputs(pipeline, context, folder.manifest.outputs, (event) => options.onEvent?.(event))
    this.#progress = new Progress((event) => options.onEvent?.(event))
    const { catalogue = builtin, resume } = options
    this.#build = new Build(pipeline, {
      executor: options.executor ?? defaultExecutor(),
      folder: folder.manifest.pipeline.folder,
      stop: unlimited(AbortSignal.any([this.#stop, this.#failed.signal])),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.meter === undefined ? {} : { meter: options.meter }),
      origin,
      load: modelLoader(folder.manifest.pipeline.folder, catalogue),
      ...(resume === undefined ? {} : { resume: resumed(resume, catalogue) }),
    })
  }

  get run_id(): string {
    return this.#folder.manifest.run_id
  }

  async run(): Promise<'completed' | 'stopped'> {
    await this.#outputs.check()
    if (!await this.#prepare()) {
      if (this.#options.resume === undefined) await this.#checkpoint(0, new Map()) // else the one that it went on from is still good
      return 'stopped'
    }
    for (const [index, phase] of this.#phases.entries()) {
      if (index < (this.#options.resume?.phase ?? 0)) continue
      this.#index = index
      this.#training = phase.trains
      this.#options.onEvent?.({ event: 'phase', phase: index + 1, phases: this.#phases.length, streams: phase.streams })
      await this.#runPhase(phase, index)
      this.#training = []
      if (this.#stop.aborted) {
        await this.#checkpoint(index)
        return 'stopped'
      }
      this.#checkUpdates(phase)
      await this.#outputs.forget(phase.streams)
      await this.#outputs.save(phase.trains.map((name) => this.#build.models.get(name) as Model))
      if (phase.trains.length > 0 && index + 1 < this.#phases.length) await this.#secure(index + 1)
    }
    if (this.#secured !== undefined && this.#options.resume === undefined) await removeCheckpoints(this.#folder.path)
    return 'completed'
  }

  /** After a failure: the models that earlier phases trained, and those of this one as they were last. */
  async keep(): Promise<void> {
    if (this.#index !== undefined) await this.#checkpoint(this.#index, this.#build.models, this.#training)
  }

  result(): Pick<RunSummary, 'streams' | 'outputs'> {
    return { streams: { ...this.#folder.manifest.streams, ...this.#progress.totals() }, outputs: this.#outputs.written }
  }

  async finish(status: RunStatus, seconds: number, error: RunSummary['error']): Promise<void> {
    const models = Object.fromEntries([...this.#build.models].map(([name, { version }]) => [name, { version }]))
    await this.#folder.end({ status, seconds, ended: new Date().toISOString(), ...this.result(), models, ...(error === undefined ? {} : { error }) })
  }

  /** Models and what is left to the data; false if the run was stopped before all was decided. */
  async #prepare(): Promise<boolean> {
    const file = path.join(this.#folder.path, OF_THE_RUN.pipeline)
    const { resume } = this.#options
    if (resume === undefined) await writeWhole(file, resolved(this.#pipeline, this.#build.models)) // as declared: for whoever resumes what is stopped from here on
    try {
      await this.#build.prepare()
    } catch (error) {
      if (!this.#stop.aborted) throw error // a source that was stopped may be too short for anything
    }
    if (this.#stop.aborted) return false
    if (resume === undefined || resume.models.length === 0) await writeWhole(file, resolved(this.#pipeline, this.#build.models))
    return true
  }

  /** Runs streams until they end, their outputs written. The first that fails ends them all. */
  async #runPhase({ streams, outputs, trains }: Phase, index: number): Promise<void> {
    const streamOutputs = outputs.filter((output) => 'from' in output)
    const before = await Promise.all(streamOutputs.map((output) => (index === this.#options.resume?.phase ? this.#outputs.earlier(output, this.#build.models) : [])))
    const made = this.#build.streams(streams)
    const ends: Promise<void>[] = []
    const recorded = this.#outputs.recorded(streamOutputs, before)
    for (const name of streams) {
      const stream$ = made.get(name)?.stream$ as Observable<RecordBatch>
      this.#options.watch?.(name, stream$, recorded.get(name))
      const isRead = streamOutputs.some(({ from }) => from === name)
      if (isRead || trains.length > 0) ends.push(this.#progress.follow(name, stream$, this.#failed.signal))
    }
    streamOutputs.forEach((output, i) => {
      const kept = recorded.get(output.from)
      const stream$ = made.get(output.from)?.stream$ as Observable<RecordBatch>
      const options = { before: before[i] ?? [], signal: this.#failed.signal }
      const write = { ...options, schema: () => this.#build.schema(output.from), ...(kept?.output === output ? { recording: kept.recording } : {}) }
      ends.push(placed(`streams.${output.from}`, this.#outputs.write(output, stream$, write)))
      if (this.#outputs.keeps(output)) ends.push(this.#outputs.keep(output, stream$, options))
    })
    for (const name of [...streams].reverse()) made.get(name)?.connect() // consumers before what they read
    await this.#settled(ends)
  }

  /** Waits for all. The first that fails is what is thrown, and ends the others. */
  async #settled(ends: readonly Promise<void>[]): Promise<void> {
    await Promise.allSettled(ends.map((end) => end.catch((error: unknown) => this.#failed.abort(error))))
    this.#failed.signal.throwIfAborted()
  }

  /** A model that saw no batch is not trained. */
  #checkUpdates({ trains }: Phase): void {
    const model = trains.find((name) => this.#build.models.get(name)?.version === 0)
    if (model !== undefined) throw fail('training_empty', { model })
  }

  /** What was trained outlives whatever ends the process from here on. */
  async #secure(phase: number): Promise<void> {
    await this.#folder.update(this.result())
    this.#secured = { phase, file: await writeCheckpoint(this.#folder.path, phase, this.#build.models) }
  }

  /** The training of `begun` models begins again when the run is resumed. */
  async #checkpoint(phase: number, models: ReadonlyMap<string, Model> = this.#build.models, begun: readonly string[] = []): Promise<void> {
    const secured = this.#secured?.phase === phase && this.#phases[phase]?.trains.length === 0 ? this.#secured.file : undefined
    const file = secured ?? await writeCheckpoint(this.#folder.path, phase, models, begun)
    this.#options.onEvent?.({ event: 'checkpoint', path: file })
  }
}

/** Where a pipeline stands; one without a file is the copy that the run keeps of it. */
const placeOf = ({ file, out }: RunOptions): Manifest['pipeline'] => (file === undefined
  ? { file: path.resolve(out, OF_THE_RUN.pipeline), folder: process.cwd() }
  : { file: path.resolve(file), folder: path.dirname(path.resolve(file)) })

/** The models of a checkpoint, with all that their training kept. */
const resumed = (checkpoint: Checkpoint, catalogue: Catalogue): NonNullable<ConstructorParameters<typeof Build>[1]['resume']> => ({
  has: (name) => checkpoint.models.includes(name),
  async model(name) {
    const model = await modelFromFile(path.join(checkpoint.folder, `${name}.safetensors`), catalogue, name)
    await restoreState(model, checkpoint, name)
    return model
  },
})

/** A signal that any number of streams and sinks listen to. */
function unlimited(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

export function describeError(cause: unknown, redact = (text: string): string => text): RunError {
  if (cause instanceof HeatbathError) return { code: cause.code, message: redact(cause.message), hint: redact(cause.hint) }
  return { message: redact(cause instanceof Error ? cause.message : String(cause)) }
}
