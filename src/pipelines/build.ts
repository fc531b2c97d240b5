/**
 * Makes the streams and models of a declaration.
 *
 * Nothing is read or computed until a stream is subscribed, but for `fit`, which looks at the data
 * of models that leave something to them.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import { catchError, takeWhile, throwError, type MonoTypeOperatorFunction, type Observable, type OperatorFunction } from 'rxjs'
import { errorAt, fail, placed } from '../errors.ts'
import type { Executor } from '../engine/index.ts'
import type { DataSummary } from '../models/data-summary.ts'
import type { FileNet, Net } from '../models/nets/contract.ts'
import type { Noise } from '../models/noise/contract.ts'
import type { Preconditioning } from '../models/preconditioning/contract.ts'
import { sizeOfVariable } from '../models/variables.ts'
import type { Encoding, FittedEncoding } from '../streams/encodings/contract.ts'
import { FanOut } from '../streams/fan-out.ts'
import { Model } from '../streams/model.ts'
import type { Operator, OperatorContext } from '../streams/operators/contract.ts'
import { Flow } from '../streams/operators/numeric/flow.ts'
import { buildSample, checkSample, type SampleConfig } from '../streams/operators/sample/operator.ts'
import type { DeclaredSource, Source } from '../streams/sources/contract.ts'
import type { Declared } from '../unit.ts'
import { isEntry, modelsOf, usedModels, type MadeModel, type ModelDeclaration, type PartDeclaration, type PipelineDeclaration, type StreamDeclaration } from './declaration.ts'
import { coordinatesOf, FIT_ROWS, fittedClasses, inStream, sampleRows, summarise, type Sampled } from './fit.ts'
import { instantiate, instantiateParts } from './instantiate.ts'
import { readModelFile } from './load-model.ts'
import type { Meter } from './meter.ts'
import { inputsOf, trainersOf } from './plan.ts'

export interface BuildOptions {
  readonly executor: Executor
  /** Folder that paths of sources and models start from. */
  readonly folder: string
  readonly stop: AbortSignal
  /** Rows read from each source, at most. */
  readonly limit?: number
  /** Counts what passes between operators. */
  readonly meter?: Meter
  /** Written into the metadata of streams. */
  readonly origin: Readonly<Record<string, string>>
  /** Reads a model that the pipeline loads. */
  load(name: string, declaration: ModelDeclaration): Promise<Model>
  /** Where an earlier run was stopped. */
  readonly resume?: { readonly has: (model: string) => boolean; readonly model: (name: string) => Promise<Model> }
}

/** Operators that change neither rows nor their values, only when they come. */
const ORDER_ONLY: ReadonlySet<string> = new Set(['repeat', 'shuffle', 'rebatch'])
/** Operators that leave the columns as they are. */
const SAME_COLUMNS: ReadonlySet<string> = new Set([...ORDER_ONLY, 'thin'])

export class Build {
  readonly models = new Map<string, Model>()
  readonly #pipeline: PipelineDeclaration
  readonly #options: BuildOptions
  readonly #sources = new Map<string, Source>()
  readonly #numRows = new Map<string, number>()

  constructor(pipeline: PipelineDeclaration, options: BuildOptions) {
    this.#pipeline = pipeline
    this.#options = options
  }

  /** Makes or loads all models, and counts the rows of sources that know their number. Throws what could not be sampled of them. */
  async prepare(): Promise<void> {
    for (const name of this.#pipeline.streams.keys()) {
      const count = await placed(`streams.${name}`, Promise.resolve(this.#source(name)?.numRows?.()))
      if (count !== undefined) this.#numRows.set(name, Math.min(count, this.#options.limit ?? Infinity))
    }
    const used = usedModels(this.#pipeline)
    for (const [name, declaration] of this.#pipeline.models) {
      if (used.has(name)) this.models.set(name, await this.#model(name, declaration))
    }
    for (const declared of this.#pipeline.streams.values()) {
      if ('sample' in declared) checkSample(declared.sample.config as unknown as SampleConfig, instantiateParts(declared.sample), (model) => this.models.get(model) as Model)
    }
  }

  /** The streams of a phase, inputs first, each for any number of consumers. */
  streams(names: readonly string[]): Map<string, FanOut<RecordBatch>> {
    const made = new Map<string, FanOut<RecordBatch>>()
    for (const name of names) made.set(name, new FanOut(this.#stream(name, (other) => (made.get(other) ?? unnamed(name, other)).stream$).pipe(failingAs(name))))
    return made
  }

  /** Rows of one pass over the source that a stream begins with. */
  numRows(name: string): number | undefined {
    const declared = this.#pipeline.streams.get(name)
    return declared !== undefined && 'from' in declared ? this.numRows(declared.from) : this.#numRows.get(name)
  }

  /** The columns of a stream, where they are known without a row of it: its source knows them, and no operator makes others. */
  async schema(name: string): Promise<Schema | undefined> {
    const declared = this.#pipeline.streams.get(name)
    if (declared?.through.every(({ unit }) => SAME_COLUMNS.has(unit.name)) !== true) return undefined
    return 'from' in declared ? this.schema(declared.from) : this.#source(name)?.schema()
  }

  #stream(name: string, from: (name: string) => Observable<RecordBatch>): Observable<RecordBatch> {
    const declared = this.#pipeline.streams.get(name) as StreamDeclaration
    return this.#piped(name, declared.through, this.#head(name, declared, from), from, this.#options.meter)
  }

  #head(name: string, declared: StreamDeclaration, from: (name: string) => Observable<RecordBatch>): Observable<RecordBatch> {
    if ('from' in declared) return from(declared.from)
    const stoppable: OperatorFunction<RecordBatch, RecordBatch> = takeWhile(() => !this.#options.stop.aborted)
    if ('source' in declared) return (this.#source(name) as Source).rows$.pipe(stoppable)
    const { sample } = declared
    return buildSample(sample.config as unknown as SampleConfig, this.#context(name, from), instantiateParts(sample), this.#options.origin)
  }

  #piped(name: string, parts: readonly PartDeclaration[], head: Observable<RecordBatch>, from: (name: string) => Observable<RecordBatch>, meter?: Meter): Observable<RecordBatch> {
    const context = this.#context(name, from)
    const counted = (stream$: Observable<RecordBatch>, part: number): Observable<RecordBatch> => (meter === undefined ? stream$ : stream$.pipe(meter.counted(name, part)))
    const whole = parts.reduce((stream$, part, i) => {
      const seen = this.#options.resume !== undefined && isEntry(part) ? (this.models.get(modelsOf(part)[0] ?? '')?.version ?? 0) : 0
      const operator = instantiate<Operator>(part).build({ ...context, site: siteOf(name, parts, i), seen })
      const input$ = stream$ instanceof Flow ? stream$ : counted(stream$, i) // between operators of a loop there is nothing to count
      return input$.pipe(operator)
    }, head)
    return counted(whole, parts.length)
  }

  #context(name: string, from: (name: string) => Observable<RecordBatch>): OperatorContext {
    const rows = this.numRows(name)
    return {
      seed: this.#pipeline.seed,
      stream: name,
      site: name,
      executor: this.#options.executor,
      stop: this.#options.stop,
      ...(rows === undefined ? {} : { rows }),
      model: (model) => this.models.get(model) as Model,
      from,
    }
  }

  #source(name: string): Source | undefined {
    const declared = this.#pipeline.streams.get(name)
    if (declared === undefined || !('source' in declared)) return undefined
    let source = this.#sources.get(name)
    if (source === undefined) {
      const { folder, limit } = this.#options
      source = instantiate<DeclaredSource>(declared.source).open({ folder, seed: this.#pipeline.seed, stream: name, ...(limit === undefined ? {} : { limit }) })
      this.#sources.set(name, source)
    }
    return source
  }

  #model(name: string, declaration: ModelDeclaration): Promise<Model> {
    const { resume, load } = this.#options
    if (resume?.has(name) === true) return resume.model(name)
    return 'made' in declaration ? this.#make(name, declaration.made) : this.#load(name, declaration, load)
  }

  /** Training goes on from the parameters of a loaded model, as its first updates. */
  async #load(name: string, declaration: ModelDeclaration, load: BuildOptions['load']): Promise<Model> {
    const model = await placed(declaration.path.join('.'), load(name, declaration))
    if (trainersOf(name, this.#pipeline).length > 0) await model.restore(await model.read(), 0)
    return model
  }

  async #make(name: string, made: MadeModel): Promise<Model> {
    const stream = [...this.#pipeline.streams.entries()].find(([, { through }]) =>
      through.some((part) => isEntry(part) && modelsOf(part).includes(name)))?.[0]
    if (stream === undefined) throw fail('pipeline_untrained', { model: name })
    const sampled = await sampleRows(this.#dataOf(stream), this.numRows(stream), FIT_ROWS, this.#pipeline.seed, stream)
    const { fitted, data } = await this.#fit(made, name, stream, sampled).catch((error: unknown) => {
      throw errorAt(`streams.${stream}`, inStream(error, sampled))
    })
    const { column } = made.classes ?? {}
    if (fitted.fields.some((field) => field.name === column)) throw fail('config_invalid', { unit: `model ${name}`, problem: `classes: column ${column} is a coordinate as well; leave it out of the encoding's columns` })
    const spec = {
      dim: fitted.variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0),
      variables: fitted.variables,
      net: await this.#net(made.net, data),
      output: made.output,
      precision: made.precision,
      ...(made.noise === undefined ? {} : { noise: instantiate<Noise>(made.noise).resolve(data) }),
      preconditioning: instantiate<Preconditioning>(made.precondition).resolve(data),
      ...(made.classes === undefined ? {} : { classes: fittedClasses(made.classes, sampled.rows, { model: name, stream }) }),
    }
    return Model.create(name, spec, this.#pipeline.seed, { encoding: fitted, data })
  }

  async #net(declared: PartDeclaration, data: DataSummary): Promise<Declared<Net>> {
    const net = instantiate<Net | FileNet>(declared)
    return 'file' in net ? placed(declared.path.join('.'), net.read(readModelFile(this.#options.folder, 'net_missing'))) : (net.resolve?.(data) ?? net)
  }

  async #fit({ encoding: declared }: MadeModel, name: string, stream: string, { rows }: Sampled): Promise<{ fitted: Declared<FittedEncoding>; data: DataSummary }> {
    const encoding = instantiate<Encoding>(declared)
    const on_invalid = this.#onInvalid(stream, name)
    const fitted = encoding.fit(rows.schema, [rows], { on_invalid })
    return { fitted, data: { ...summarise(await coordinatesOf(fitted, rows, on_invalid), stream), ...(fitted.states && { states: fitted.states }) } }
  }

  /** What becomes of rows that a model's training cannot take. */
  #onInvalid(stream: string, model: string): 'error' | 'drop' {
    const { through } = this.#pipeline.streams.get(stream) as StreamDeclaration
    return through.some((part) => isEntry(part) && modelsOf(part).includes(model) && part.config.on_invalid === 'drop') ? 'drop' : 'error'
  }

  /** The rows that a training stream brings to its model, each once. */
  #dataOf(name: string): Observable<RecordBatch> {
    const declared = this.#pipeline.streams.get(name) as StreamDeclaration
    const end = declared.through.findIndex(isEntry)
    const parts = declared.through.slice(0, end < 0 ? undefined : end).filter(({ unit }) => !ORDER_ONLY.has(unit.name))
    const [input] = inputsOf(name, this.#pipeline)
    const head = input !== undefined && 'from' in declared ? this.#dataOf(input) : this.#head(name, declared, (other) => this.#dataOf(other))
    return this.#piped(name, parts, head, (other) => this.#dataOf(other)).pipe(failingAs(name))
  }
}

/** Its errors tell the stream's name. */
const failingAs = (name: string): MonoTypeOperatorFunction<RecordBatch> => catchError((error: unknown) => throwError(() => errorAt(`streams.${name}`, error)))

/** The stream's name, with a number from the second operator of a name on. */
function siteOf(stream: string, parts: readonly PartDeclaration[], index: number): string {
  const before = parts.slice(0, index).filter(({ unit }) => unit.name === parts[index]?.unit.name).length
  return before === 0 ? stream : `${stream}#${before}`
}

/** Fails for a stream that a component reads, and that lint and the plan know nothing of. */
function unnamed(stream: string, other: string): never {
  throw fail('component_failed', { component: `a component of ${stream}`, reason: `it reads the stream ${other}, which no field of its config names; declare the field as nameOf('stream', '...')` })
}
