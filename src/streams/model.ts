/**
 * A model in use: a specification, and the arrays that training changes.
 *
 * The arrays form one tree: `parameters`, and what the optimizer adds to it (`average`, `slots`),
 * all of them packed (models/packing.ts).
 * A version counts the updates. Whoever trains takes the model for itself; whoever samples or
 * evaluates uses the running average of the parameters where there is one.
 */
import { Observable, Subject } from 'rxjs'
import { fail } from '../errors.ts'
import { DeviceArray, HostArray, leaves, mapTree, rebuild, Spec, type Executor } from '../engine/index.ts'
import type { DataSummary } from '../models/data-summary.ts'
import { hostDraws } from '../models/nets/host-draws.ts'
import { packArrays, unpackArrays, type Packed } from '../models/packing.ts'
import { inputsOf, outputsOf, type ModelSpec } from '../models/model.ts'
import { checkVariables } from '../models/variables.ts'
import type { Declared } from '../unit.ts'
import type { FittedEncoding } from './encodings/contract.ts'

/** Trees of arrays, on the host or where programs run; or of tensors, inside a kernel. */
export interface ModelState {
  readonly parameters: Packed<unknown>
  /** Exponential moving average of the parameters. */
  readonly average?: Packed<unknown>
  readonly [name: string]: unknown
}

export interface Snapshot {
  readonly version: number
  readonly state: ModelState
}

export interface ModelOptions {
  readonly version?: number
  readonly encoding?: Declared<FittedEncoding>
  readonly data?: DataSummary
}

interface Look {
  readonly every: number
  readonly look: (version: number) => Promise<void>
  readonly end: () => void
}

export class Model {
  readonly name: string
  readonly spec: ModelSpec
  /** Shapes of the parameters, as the net names them. */
  readonly shapes: unknown
  /** How rows of a table become coordinates, for a model of a table or of images. */
  readonly encoding: Declared<FittedEncoding> | undefined
  /** What is known of the training data. */
  readonly data: DataSummary | undefined
  readonly #snapshots = new Subject<Snapshot>()
  #state: ModelState
  #version: number
  #executor: Executor | undefined
  #moving: Promise<unknown> = Promise.resolve()
  #pending = 0
  #trainer: object | undefined
  readonly #looks = new Set<Look>()
  #isFinished = false

  /** `parameters` is a tree of host arrays, as the net names them. */
  constructor(name: string, spec: ModelSpec, parameters: unknown, { version = 0, encoding, data }: ModelOptions = {}) {
    checkVariables(spec.dim, spec.variables, (problem) => fail('config_invalid', { unit: `model ${name}`, problem }))
    this.name = name
    this.spec = spec
    this.encoding = encoding
    this.data = data
    this.shapes = mapTree((leaf) => new Spec('float32', (leaf as HostArray).shape), parameters)
    this.#state = { parameters: packArrays(parameters) }
    this.#version = version
  }

  /** A model with initial parameters, a pure function of the seed and its name. */
  static create(name: string, spec: ModelSpec, seed = 0, options: ModelOptions = {}): Model {
    if (spec.classes !== undefined && spec.net.knows_classes !== true) throw fail('model_classes', { component: `net ${spec.net.is.name}` })
    return new Model(name, spec, spec.net.init(inputsOf(spec), outputsOf(spec), hostDraws(seed, `${name}/parameters`), spec.classes?.values.length), options)
  }

  get version(): number {
    return this.#version
  }

  get is_trained(): boolean {
    return this.#trainer !== undefined
  }

  /** Gradients that its trainer was given and has not taken yet. */
  get pending(): number {
    return this.#pending
  }

  /** From its trainer: it was given a batch. */
  wait(): void {
    this.#pending++
  }

  /** Emits after every change. */
  get snapshots(): Observable<Snapshot> {
    return this.#snapshots.asObservable()
  }

  /** Claims the model for one trainer; gives back what releases it. */
  train(): () => void {
    if (this.#trainer !== undefined) throw fail('model_taken', { model: this.name })
    const trainer = (this.#trainer = {})
    return () => {
      if (this.#trainer !== trainer) return
      this.#trainer = undefined
      this.#pending = 0
      for (const { end } of this.#looks) end()
    }
  }

  /** Lets somebody look after every so many updates, while training waits; `end` tells when the training is over. Gives back what takes it back. */
  look(every: number, look: (version: number) => Promise<void>, end: () => void): () => void {
    const one = { every, look, end }
    this.#looks.add(one)
    return () => void this.#looks.delete(one)
  }

  /** Updates until somebody is to look. */
  get updates_until_look(): number {
    return Math.min(Infinity, ...[...this.#looks].map(({ every }) => every - (this.#version % every)))
  }

  /** From its trainer, after updates: resolves when all have looked who are to look at this version; undefined where nobody is. */
  looked(): Promise<unknown> | undefined {
    const due = [...this.#looks].filter(({ every }) => this.#version % every === 0)
    return due.length === 0 ? undefined : Promise.all(due.map(({ look }) => look(this.#version)))
  }

  /** Its training ends at the next batch. */
  finish(): void {
    this.#isFinished = true
  }

  get is_finished(): boolean {
    return this.#isFinished
  }

  /** A model of its own, without updates, with what this one samples by as it is now. */
  async snapshot(): Promise<Model> {
    const parameters = unpackArrays(this.shapes, usedParameters(await this.read()) as Packed<HostArray>)
    const { encoding, data } = this
    return new Model(this.name, this.spec, parameters, { ...(encoding && { encoding }), ...(data && { data }) })
  }

  /** Lets go of all that it has on an executor: it is not used any more. */
  dispose(): void {
    this.#release()
    this.#executor = undefined
  }

  /** The state where programs of an executor run; several may ask at once. */
  on(executor: Executor): Promise<ModelState> {
    const moved = this.#moving.then(() => this.#move(executor))
    this.#moving = moved.catch(() => undefined)
    return moved
  }

  async #move(executor: Executor): Promise<ModelState> {
    if (this.#executor !== executor) {
      const host = await this.read()
      const arrays = await executor.keep(leaves<HostArray>(host))
      this.#release()
      this.#state = rebuild<ModelState>(host, arrays)
      this.#executor = executor
    }
    return this.#state
  }

  /** The state as host arrays. */
  async read(): Promise<ModelState> {
    if (this.#executor === undefined) return this.#state
    return rebuild<ModelState>(this.#state, await this.#executor.read(leaves<DeviceArray>(this.#state)))
  }

  /** Adds to the state what is not there yet, made from the parameters as host arrays. */
  async keep(makers: Readonly<Record<string, (parameters: ModelState['parameters']) => unknown>>): Promise<void> {
    const missing = Object.entries(makers).filter(([name]) => !(name in this.#state))
    if (missing.length === 0) return
    const host = await this.read()
    this.#release()
    this.#executor = undefined
    this.#state = { ...host, ...Object.fromEntries(missing.map(([name, make]) => [name, make(host.parameters)])) }
  }

  /** Takes a state of host arrays, of any version. */
  async restore(state: ModelState, version: number): Promise<void> {
    this.#release()
    this.#executor = undefined
    this.#state = state
    this.#version = version
  }

  /** Takes the state of a later version, on the executor of the present one. */
  replace(state: ModelState, version: number): void {
    this.#pending = Math.max(0, this.#pending - (version - this.#version))
    const kept = new Set(leaves<DeviceArray>(state))
    this.#executor?.release(leaves<DeviceArray>(this.#state).filter((array) => !kept.has(array)))
    this.#state = state
    this.#version = version
    this.#snapshots.next({ version, state })
  }

  #release(): void {
    this.#executor?.release(leaves<DeviceArray>(this.#state))
  }
}

/** What samples and evaluates: the running average of the parameters, or the parameters. */
export const usedParameters = ({ parameters, average }: ModelState): Packed<unknown> => average ?? parameters
