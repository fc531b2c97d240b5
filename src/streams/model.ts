/**
 * A model in use: a specification, and the arrays that training changes.
 *
 * The arrays form one tree: `parameters`, and what the optimizer adds to it (`average`, `slots`),
 * all of them packed (models/packing.ts).
 * A version counts the updates. Whoever trains takes the model for itself; whoever samples or
 * evaluates uses the running average of the parameters where there is one, and borrows it: training goes on meanwhile.
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
import { Loans, type Loan } from './loans.ts'

/** Trees of arrays, on the host or where programs run; or of tensors, inside a kernel. */
export interface ModelState {
  readonly parameters: Packed<unknown>
  /** Exponential moving average of the parameters. */
  readonly average?: Packed<unknown>
  readonly [name: string]: unknown
}

/** A part of the state, besides the parameters. */
export interface Kept {
  /** What it is of: of anything else it is made anew. */
  readonly of: string
  /** From the parameters as host arrays. */
  make(parameters: ModelState['parameters']): unknown
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
  /** What parts of the state are of; not known of a state that was restored. */
  #owners: ReadonlyMap<string, string> = new Map()
  #version: number
  /** Where the state is; undefined while that is the host. */
  #home: Home | undefined
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
    this.#leave()
  }

  /** From its trainer: the state where programs of an executor run. */
  on(executor: Executor): Promise<ModelState> {
    return this.#moved(async () => {
      if (this.#home?.executor !== executor) await this.#move(executor)
      return this.#state
    })
  }

  /** A part of the state as it is now, where programs of an executor run; several may ask at once, and others train meanwhile. */
  borrow(executor: Executor, part: (state: ModelState) => unknown = usedParameters): Promise<Loan> {
    return this.#moved(async () => {
      if (this.#home === undefined) await this.#move(executor)
      const home = this.#home as Home
      if (home.executor === executor) return home.loans.lend(part(this.#state))
      const own = part(this.#state) // whoever trains has it elsewhere, and does so now
      const arrays = await executor.keep(await home.executor.read(leaves<DeviceArray>(own)))
      return { arrays: rebuild(own, arrays), giveBack: () => executor.release(arrays) }
    })
  }

  /** One at a time moves the state. */
  #moved<T>(move: () => Promise<T>): Promise<T> {
    const moved = this.#moving.then(move)
    this.#moving = moved.catch(() => undefined)
    return moved
  }

  async #move(executor: Executor): Promise<void> {
    const host = await this.read()
    const arrays = await executor.keep(leaves<HostArray>(host))
    this.#leave()
    this.#state = rebuild<ModelState>(host, arrays)
    this.#home = { executor, loans: new Loans(executor) }
  }

  /** The state as host arrays. */
  async read(): Promise<ModelState> {
    if (this.#home === undefined) return this.#state
    return rebuild<ModelState>(this.#state, await this.#home.executor.read(leaves<DeviceArray>(this.#state)))
  }

  /** From its trainer: adds to the state what is not there yet, and takes from it what is undefined. */
  keep(parts: Readonly<Record<string, Kept | undefined>>): Promise<void> {
    return this.#moved(async () => {
      const unfit = Object.entries(parts).filter(([name, kept]) => !this.#isAs(name, kept))
      if (unfit.length === 0) return
      const host = await this.read()
      this.#leave()
      const left = Object.entries(host).filter(([name]) => unfit.every(([other]) => other !== name))
      const made = unfit.flatMap(([name, kept]) => (kept === undefined ? [] : [[name, kept.make(host.parameters)]]))
      this.#state = Object.fromEntries([...left, ...made]) as ModelState
      this.#owners = new Map([...this.#owners, ...unfit.map(([name, kept]) => [name, kept?.of ?? ''] as const)])
    })
  }

  /** Whether a part is as it is to be. */
  #isAs(name: string, kept: Kept | undefined): boolean {
    const is_there = name in this.#state
    if (kept === undefined) return !is_there
    return is_there && (this.#owners.get(name) ?? kept.of) === kept.of
  }

  /** Takes a state of host arrays, of any version. */
  async restore(state: ModelState, version: number): Promise<void> {
    this.#leave()
    this.#state = state
    this.#owners = new Map()
    this.#version = version
  }

  /** Takes the state of a later version, on the executor of the present one. */
  replace(state: ModelState, version: number): void {
    this.#pending = Math.max(0, this.#pending - (version - this.#version))
    const kept = new Set(leaves<DeviceArray>(state))
    this.#home?.loans.release(leaves<DeviceArray>(this.#state).filter((array) => !kept.has(array)))
    this.#state = state
    this.#version = version
    this.#snapshots.next({ version, state })
  }

  /** Lets go of the arrays where they are. */
  #leave(): void {
    this.#home?.loans.release(leaves<DeviceArray>(this.#state))
    this.#home = undefined
  }
}

interface Home {
  readonly executor: Executor
  readonly loans: Loans
}

/** What samples and evaluates: the running average of the parameters, or the parameters. */
export const usedParameters = ({ parameters, average }: ModelState): Packed<unknown> => average ?? parameters
