/** What a run writes into its folder: streams as they come, models once they are trained. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { countRows } from '../streams/arrow/rows.ts'
import { hasSteps, stepRuns } from '../streams/arrow/steps.ts'
import type { Model } from '../streams/model.ts'
import type { ModelSink, Sink, SinkContext, StreamSink, Written } from '../streams/sinks/contract.ts'
import { checkPlaces } from '../streams/sinks/disk.ts'
import { drain, type DrainOptions } from '../streams/sinks/drain.ts'
import { LaterRecording } from '../streams/sinks/later-recording.ts'
import { readAll } from '../streams/sinks/read-all.ts'
import type { Recorded } from '../streams/taps/index.ts'
import type { OutputDeclaration, PipelineDeclaration } from './declaration.ts'
import type { RunEvent } from './events.ts'
import { instantiate } from './instantiate.ts'
import { KeptRows } from './kept-rows.ts'
import { followedBy, trainedBy } from './plan.ts'
import type { Manifest } from './run-folder.ts'

export type RunContext = Omit<SinkContext, 'name'>

export type StreamOutput = OutputDeclaration & { readonly from: string }

export interface RecordedOutput extends Recorded {
  readonly output: StreamOutput
  readonly recording: LaterRecording
}

export class RunOutputs {
  readonly written: Manifest['outputs'][number][]
  readonly #pipeline: PipelineDeclaration
  readonly #context: RunContext
  readonly #onEvent: (event: RunEvent) => void
  readonly #kept: KeptRows

  /** `written` is what an earlier run wrote that this one goes on with. */
  constructor(pipeline: PipelineDeclaration, context: RunContext, written: Manifest['outputs'], onEvent: (event: RunEvent) => void) {
    this.#pipeline = pipeline
    this.#context = context
    this.#onEvent = onEvent
    this.#kept = new KeptRows(context)
    this.written = [...written]
  }

  /** Refuses what could not be written in the end: sink_exists, sink_path. */
  async check(): Promise<void> {
    for (const output of this.#pipeline.outputs) {
      const { places } = instantiate<Sink>(output.sink)
      if (places !== undefined) await checkPlaces(places, this.#of(output))
    }
  }

  /**
   * What a training stream wrote before the run was stopped, up to the version of its model, and what one that
   * follows the training did of earlier versions; nothing of other streams: they begin again. What leaves no file
   * has shown its rows already.
   */
  async earlier(output: StreamOutput, models: ReadonlyMap<string, Model>): Promise<readonly RecordBatch[]> {
    const [trained] = trainedBy(output.from, this.#pipeline)
    const version = models.get(trained ?? followedBy(output.from, this.#pipeline) ?? '')?.version ?? 0
    if (version === 0 || !leavesFile(output)) return []
    const written = await this.#rowsOf(output)
    return trained === undefined ? beforeVersion(written, version) : upToStep(written, version)
  }

  /** By stream, the first of its outputs that can be read back while it is written; `before` are rows that each begins with. */
  recorded(outputs: readonly StreamOutput[], before: readonly (readonly RecordBatch[])[]): ReadonlyMap<string, RecordedOutput> {
    const found = new Map<string, RecordedOutput>()
    outputs.forEach((output, i) => {
      if (found.has(output.from) || instantiate<StreamSink>(output.sink).recording === undefined) return
      found.set(output.from, { output, recording: new LaterRecording(), before_rows: countRows(before[i] ?? []) })
    })
    return found
  }

  async write(output: StreamOutput, stream$: Observable<RecordBatch>, options: DrainOptions): Promise<void> {
    const sink = instantiate<StreamSink>(output.sink)
    const written = await drain(stream$, sink, this.#of(output), options)
    if (sink.places !== undefined && written.path === undefined) this.#onEvent({ event: 'unwritten', output: labelOf(output) })
    else this.#tell(output, written)
  }

  /** Whether the run itself keeps the rows of this output's stream, since going on takes them and no output gives them back. */
  keeps(output: StreamOutput): boolean {
    const same = this.#outputsOf(output.from)
    return goesOn(output.from, this.#pipeline) && same.every((one) => !givesBack(one)) && same.find(leavesFile) === output
  }

  async keep({ from }: StreamOutput, stream$: Observable<RecordBatch>, options: DrainOptions): Promise<void> {
    await this.#kept.write(from, stream$, options)
  }

  /** What was kept of streams that are over. */
  async forget(streams: readonly string[]): Promise<void> {
    await this.#kept.remove(streams.filter((name) => this.#outputsOf(name).some((output) => this.keeps(output))))
  }

  /** Writes the models among those given that have an output. */
  async save(models: readonly Model[]): Promise<void> {
    for (const output of this.#pipeline.outputs) {
      const model = models.find(({ name }) => 'model' in output && output.model === name)
      if (model !== undefined) this.#tell(output, await instantiate<ModelSink>(output.sink).save(model, this.#of(output)))
    }
  }

  /** All that there is of an output's stream: as it wrote them, as another output did, or as the run kept them. */
  async #rowsOf(output: StreamOutput): Promise<readonly RecordBatch[]> {
    const source = [output, ...this.#outputsOf(output.from)].find(givesBack)
    if (source === undefined) return this.#kept.read(output.from)
    const is_there = this.written.some(({ of, sink, path }) => of === source.from && sink === source.sink.unit.name && path !== undefined)
    const recording = is_there ? await instantiate<StreamSink>(source.sink).recording?.(this.#of(source)) : undefined
    return recording === undefined ? [] : readAll(recording)
  }

  #outputsOf(stream: string): StreamOutput[] {
    return this.#pipeline.outputs.filter((output): output is StreamOutput => 'from' in output && output.from === stream)
  }

  #of(output: OutputDeclaration): SinkContext {
    return { ...this.#context, name: nameIn(output) }
  }

  #tell(output: OutputDeclaration, written: Written): void {
    const one = { of: nameIn(output), sink: output.sink.unit.name, ...written }
    const earlier = this.written.findIndex(({ of, sink, path }) => of === one.of && sink === one.sink && path === one.path) // of a run that goes on
    this.written.splice(earlier < 0 ? this.written.length : earlier, 1, one)
    const { path, num_rows, bytes } = written
    this.#onEvent({
      event: 'written', output: labelOf(output),
      ...(path === undefined ? {} : { path }), ...(num_rows === undefined ? {} : { num_rows }), ...(bytes === undefined ? {} : { bytes }),
    })
  }
}

const leavesFile = ({ sink }: OutputDeclaration): boolean => instantiate<Sink>(sink).places !== undefined

const givesBack = ({ sink }: StreamOutput): boolean => instantiate<StreamSink>(sink).recording !== undefined

/** Whether a stream goes on where it was stopped, with a training: others begin again. */
const goesOn = (name: string, pipeline: PipelineDeclaration): boolean => trainedBy(name, pipeline).length > 0 || followedBy(name, pipeline) !== undefined

/** The stream or model that becomes an output. */
const nameIn = (output: OutputDeclaration): string => ('from' in output ? output.from : output.model)

const labelOf = (output: OutputDeclaration): string => `${nameIn(output)} → ${output.sink.unit.name}`

/** Rows of a training stream up to a step: later ones are made again. */
const upToStep = (batches: readonly RecordBatch[], last: number): RecordBatch[] => batches.flatMap((batch) => {
  if (!hasSteps(batch)) return [batch]
  const { to = 0 } = stepRuns(batch).findLast(({ step }) => step <= last) ?? {}
  return to === 0 ? [] : [batch.slice(0, to)]
})

/** Rows that were made of a model before a version: that one is looked at again, as the stop may have come in the middle of it. */
const beforeVersion = (batches: readonly RecordBatch[], version: number): RecordBatch[] => batches.flatMap((batch) => {
  const versions = (batch.getChild('version') ?? batch.getChild('step'))?.toArray() as BigUint64Array
  const to = versions.findLastIndex((one) => one < version) + 1
  return to === 0 ? [] : [batch.slice(0, to)]
})
