/**
 * Draws particles: chains of a sampler, emitted as Arrow record batches.
 *
 * One batch per emitted step (several above 16 blocks of chains), in order of step, then chain. Pulled: no step is
 * computed that nobody has asked for, save those of the call under way. The particles depend on
 * the seed, the stream's name and the declaration alone: not on how many steps a call makes, on
 * the executor or on who watches.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import { isObservable, type Observable } from 'rxjs'
import type { z } from 'zod'
import { fail } from '../../../errors.ts'
import {
  defaultExecutor, DeviceArray, leaves, mapTree, streamKey, zeros,
  type ArraySpec, type Compiled, type Executor, type WantTree,
} from '../../../engine/index.ts'
import type { Adaptation } from '../../../models/adaptations/contract.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import { misfitOf, startFault } from '../../../models/samplers/fit.ts'
import { gaussianStart } from '../../../models/starts/gaussian.ts'
import { statesStart } from '../../../models/starts/states.ts'
import type { DrawnStart } from '../../../models/starts/contract.ts'
import type { SupportBy, Target } from '../../../models/target.ts'
import type { Declared } from '../../../unit.ts'
import type { Origin } from '../../arrow/schemas.ts'
import { nothingLent, type Loan } from '../../loans.ts'
import type { Model } from '../../model.ts'
import { continued } from '../../gates.ts'
import { fromPull } from '../../pull.ts'
import { optionsOf } from '../options.ts'
import { blocksOf, oneBlock, type Blocks } from './blocks.ts'
import { Options } from './config.ts'
import { ParticleBatches, schemaOf, type ChainRange, type FetchedRows } from './particle-batches.ts'
import { packed, Programs, type Call, type Shape } from './programs.ts'
import { coordinatesOf, encodingOf, lastRows, positionsOf } from './start-rows.ts'
import { energySubject, modelSubject, type ClassChoice, type Subject } from './subject.ts'
import { Goal, type Until } from './until.ts'

/** What to sample at a temperature, 1 unless given: an energy, or a model as it is when the stream is subscribed. */
export type Sampled =
  | { readonly energy: Energy; readonly temperature?: number; readonly support?: SupportBy; readonly model?: undefined }
  | { readonly model: Model; readonly temperature?: number; readonly energy?: undefined; readonly support?: undefined } & ClassChoice

export type SampleOptions = Sampled & {
  readonly chains: number
  /** Transitions after the burn-in; the sampler's own number where it has one. */
  readonly steps?: number
  /** Transitions before those, which are not emitted; none for a sampler with a number of its own. */
  readonly burn_in?: number
  /** Emit every so many steps; 1 unless given. */
  readonly every?: number
  /** Where chains begin: drawn, or rows of a stream; where the sampler wants unless given. */
  readonly start?: Declared<DrawnStart> | Observable<RecordBatch>
  /** Tunes the sampler in the burn-in. */
  readonly adapt?: Declared<Adaptation>
  /** Ends before the last step once its goals are met; needs a number of steps all the same. */
  readonly until?: Until
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent numbers. */
  readonly stream?: string
  readonly executor?: Executor
  /** Once aborted, no further step is made, and the stream completes. */
  readonly stop?: AbortSignal
  /** At most so many steps a call; for tests, as it changes no draw. */
  readonly max_steps_per_call?: number
  /** Written into the metadata of the schema. */
  readonly origin?: Origin
}

/** A stream of particles; each subscription draws anew, and the same. Throws config_invalid, naming the field. */
export function sample(sampler: Declared<Sampler>, options: SampleOptions): Observable<RecordBatch> {
  const { start, ...rest } = optionsOf('sample', Options, options)
  if (!isObservable(start)) return fromPull(() => new Chains(sampler, start === undefined ? rest : { ...rest, start }).batches())
  return continued(start.pipe(lastRows(rest.chains)), (rows) => fromPull(() => new Chains(sampler, { ...rest, start: rows }).batches()))
}

/** With the rows that chains start from, if they do. */
interface ChainsOptions extends Omit<z.output<typeof Options>, 'start'> {
  readonly start?: Declared<DrawnStart> | readonly RecordBatch[]
}

class Chains {
  readonly #options: ChainsOptions
  readonly #executor: Executor
  readonly #sampler: Declared<Sampler>
  readonly #subject: Subject
  readonly #target: Target
  readonly #schema: Schema
  readonly #blocks: Blocks
  /** Number of the last step. */
  readonly #last: number
  readonly #shape: Shape
  readonly #words: Pick<Call, 'start' | 'steps'>
  #parameters: Loan = nothingLent()
  #programs!: Programs
  /** Of each block, as the last call left them. */
  #particles: unknown[] = []

  constructor(sampler: Declared<Sampler>, options: ChainsOptions) {
    const { energy, model, temperature, support, classes, guidance, chains, burn_in, every, seed, stream } = options
    this.#options = options
    this.#sampler = sampler
    this.#executor = options.executor ?? defaultExecutor()
    this.#subject = model === undefined ? energySubject(energy as Energy, temperature, support) : modelSubject(model, temperature, { ...(classes && { classes }), guidance })
    this.#target = this.#subject.target()
    this.#schema = schemaOf(this.#subject, sampler, options.origin)
    const misfit = misfitOf(sampler, options.adapt, this.#target, this.#subject.name)
    if (misfit !== undefined) throw fail('sampler_needs', { ...misfit })
    if (sampler.start?.is_fixed === true && options.start !== undefined) throw fail('sampler_start', { sampler: sampler.is.name })
    const { start = sampler.start } = options
    const fault = start === undefined || isRows(start) ? undefined : startFault(start, this.#target, this.#subject.name, this.#target.temperature)
    if (fault !== undefined) throw fault
    this.#last = lastStep(sampler, this.#target, options)
    const steps = this.#last - burn_in
    if (every > steps) throw fail('config_invalid', { unit: 'sample', problem: `every: of ${steps} steps, one in ${every} is none` })
    this.#blocks = sampler.interacts === true ? oneBlock(chains) : blocksOf(chains, this.#target.dim, this.#subject.cost, this.#subject.evaluations_at_once)
    const rows = rowsPerCall(this.#blocks, this.#target.dim, Math.ceil(this.#last / every))
    this.#shape = { blocks: this.#blocks, rows, cadence: { after: burn_in, every }, burn_in: every === 1 || options.adapt !== undefined ? burn_in : 0 }
    this.#words = { start: streamKey(seed, `${stream}/start`), steps: streamKey(seed, `${stream}/steps`) }
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const { stream, burn_in, every, stop, until } = this.#options
    const goal = until && new Goal(until, this.#options.chains)
    let pending: Promise<Emitted> | undefined
    try {
      await this.#open()
      await this.#burnIn()
      const program = await this.#programs.emit()
      pending = this.#emit(program, this.#shape.burn_in)
      const builder = new ParticleBatches(this.#subject, this.#sampler, this.#groups(), this.#schema) // while the first call computes
      while (pending !== undefined) {
        const { from, to, rows }: Emitted = await pending
        pending = to < this.#end && stop?.aborted !== true ? this.#emit(program, to) : undefined // computed while these are taken
        for (const { row, step } of emittedSteps(from, to, burn_in, every)) {
          const batches = builder.ofStep(rows, row, step)
          const divergent = batches.reduce((sum, batch) => sum + batch.num_divergent, 0)
          if (divergent === this.#options.chains) throw fail('sampler_diverged', { chains: divergent, stream, step })
          for (const { batch } of batches) yield batch
          if (goal?.isMetBy(batches.map(({ batch }) => batch), step) === true) return
        }
      }
    } finally {
      await pending?.catch(() => undefined)
      this.#replaceParticles([])
      this.#parameters.giveBack()
    }
  }

  async #open(): Promise<void> {
    const { start = this.#defaultStart(), adapt } = this.#options
    const given = isRows(start) ? coordinatesOf(start, this.#options.chains, this.#subject.encoding ?? encodingOf(this.#target.variables)) : undefined
    this.#parameters = await this.#subject.borrow(this.#executor)
    this.#programs = new Programs(this.#executor, this.#subject, this.#parameters.arrays, {
      sampler: this.#sampler, ...(isRows(start) ? {} : { start }), ...(adapt === undefined ? {} : { adaptation: adapt }),
    }, this.#shape)
    const { size, lanes, groups } = this.#blocks
    const nothing = mapTree<unknown, ArraySpec, { readonly state: object }>((spec) => zeros(spec), this.#programs.particles)
    this.#particles = range(0, lanes * groups).map((block) =>
      (given === undefined ? nothing : { ...nothing, state: { ...nothing.state, x: positionsOf(given, this.#target.dim, block * size, size) } }))
  }

  #defaultStart(): Declared<DrawnStart> {
    const { start, is } = this.#sampler
    if (start !== undefined) return { ...start, is }
    return this.#target.discrete === undefined ? gaussianStart({}) : statesStart({})
  }

  async #burnIn(): Promise<void> {
    const { burn_in } = this.#shape
    for (let from = 0; from < burn_in;) {
      const to = Math.min(burn_in, from + this.#stepsPerCall(Infinity))
      await this.#stepped(await this.#programs.burnIn(), from, to, 'keep')
      from = to
    }
  }

  /** Number of the step at which a call may end: with every step emitted, a last call emits the last state and makes no step. */
  get #end(): number {
    return this.#shape.cadence.every === 1 ? this.#last + 1 : this.#last
  }

  async #emit(program: Compiled, from: number): Promise<Emitted> {
    const to = Math.min(this.#end, from + this.#stepsPerCall(this.#shape.rows * this.#shape.cadence.every))
    const outputs = await this.#stepped<{ rows: FetchedRows }>(program, from, to, { particles: 'keep', rows: 'join' })
    // A joined output stands in the rows of every lane of its group.
    return { from, to, rows: outputs.filter((_, i) => i % this.#blocks.lanes === 0).map(({ rows }) => rows) }
  }

  /** Moves the particles of all blocks, as many at a time as a program has lanes. */
  async #stepped<Out>(program: Compiled, from: number, to: number, want: WantTree): Promise<(Out & Moved)[]> {
    const { size, lanes, groups } = this.#blocks
    const inputs = (block: number) => ({
      call: packed({ ...this.#words, first: block * size, from, to, last: this.#last }),
      parameters: this.#parameters.arrays,
      particles: this.#particles[block],
    })
    const begin = performance.now()
    const outputs = (await Promise.all(range(0, groups).map((group) => program.run<Out & Moved>(range(group * lanes, (group + 1) * lanes).map(inputs), want)))).flat()
    this.#programs.steps_per_ms = (to - from) / Math.max(0.05, (performance.now() - begin) / groups)
    this.#replaceParticles(outputs)
    return outputs
  }

  /** The chains that one call of a program moves. */
  #groups(): ChainRange[] {
    const { size, lanes, groups } = this.#blocks
    return range(0, groups).map((group) => {
      const first = group * lanes * size
      return { first, chains: Math.min(lanes * size, this.#options.chains - first) }
    })
  }

  #replaceParticles(moved: readonly Moved[]): void {
    this.#executor.release(leaves(this.#particles).filter((array) => array instanceof DeviceArray))
    this.#particles = moved.map(({ particles }) => particles)
  }

  #stepsPerCall(most: number): number {
    const wanted = Math.max(1, Math.floor(this.#programs.steps_per_ms * CALL_MS))
    return Math.min(wanted, most, this.#options.max_steps_per_call ?? Infinity)
  }
}

interface Moved {
  readonly particles: unknown
}

interface Emitted {
  readonly from: number
  readonly to: number
  readonly rows: readonly FetchedRows[]
}

/** Emission buffers of all blocks together, in bytes. */
const BUFFER_BYTES = 8 * 2 ** 20
const MAX_ROWS = 256
/** How long a call should take, in ms: long enough to hide its cost, short enough to stay lively. */
const CALL_MS = 100

function rowsPerCall({ size, lanes, groups }: Blocks, dim: number, emissions: number): number {
  const rowBytes = size * lanes * groups * (dim + 2) * Float32Array.BYTES_PER_ELEMENT
  return Math.max(1, Math.min(MAX_ROWS, emissions, Math.floor(BUFFER_BYTES / rowBytes)))
}

/** Number of the last transition, those of the burn-in counted. */
export function lastStep(sampler: Declared<Sampler>, target: Target, { steps, burn_in }: { readonly steps?: number | undefined; readonly burn_in: number }): number {
  const own = sampler.numSteps?.(target)
  if (own !== undefined && burn_in > 0) throw fail('config_invalid', { unit: 'sample', problem: `burn_in: ${sampler.is.name} has a number of steps of its own, which leads from its start to its last` })
  const number = own ?? steps
  if (number === undefined) throw fail('config_invalid', { unit: 'sample', problem: `steps: ${sampler.is.name} needs a number of steps` })
  return burn_in + number
}

const isRows = (start: DrawnStart | readonly RecordBatch[]): start is readonly RecordBatch[] => Array.isArray(start)

/** What a call emitted, and in which rows: states that its steps started from if every one is, else states that they led to. */
function* emittedSteps(from: number, to: number, burnIn: number, every: number): Generator<{ readonly row: number; readonly step: number }> {
  if (every === 1) {
    for (let step = Math.max(from, burnIn + 1); step < to; step++) yield { row: step - from, step }
    return
  }
  const earlier = Math.max(0, Math.floor((from - burnIn) / every))
  for (let row = 0, step = burnIn + (earlier + 1) * every; step <= to; row++, step += every) yield { row, step }
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
