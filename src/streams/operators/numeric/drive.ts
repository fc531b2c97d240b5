/**
 * Runs a chain of kernels over the batches of a stream, several batches a call.
 *
 * Batches wait in a queue whose gate holds back the source. A call takes those of one shape that
 * are there, up to a number that follows from their size, and works on them one after the other:
 * what it makes of a batch does not depend on how many it got.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, type Subscriber } from 'rxjs'
import { defaultExecutor, leaves, sameShape, scalarInt, streamKey, type DeviceArray, type Executor, type HostArray } from '../../../engine/index.ts'
import { columnOf, readFloats, type Numbers } from '../../arrow/read.ts'
import { allOpen, gatesInForce, through, type Gate } from '../../gates.ts'
import { nothingLent, type Loan } from '../../loans.ts'
import type { Model, ModelState } from '../../model.ts'
import { Queue } from '../../queue.ts'
import { reportsIn, type Fetched, type Kernel } from './kernel.ts'
import type { FlowOptions } from './options.ts'
import { compileChain, type ChainShape } from './program.ts'
import { giveBackRoom, takeRoom } from './rooms.ts'

/** Most that one call takes. The model's state is copied once a call: calls should be long. */
const CALL_BYTES = 16 * 2 ** 20
const CALL_BATCHES = 256
const CALL_MS = 1000

export function drive(head: Observable<RecordBatch>, kernels: readonly Kernel[], model: Model | undefined, options: FlowOptions): Observable<RecordBatch> {
  return new Observable((subscriber) => new Driver(kernels, model, options, gatesInForce(), subscriber).run(head))
}

class Driver {
  readonly #kernels: readonly Kernel[]
  readonly #last: Kernel
  readonly #model: Model | undefined
  readonly #executor: Executor
  readonly #options: FlowOptions
  readonly #downstream: readonly Gate[]
  readonly #subscriber: Subscriber<RecordBatch>
  readonly #queue = new Queue<RecordBatch>({ capacity: 2 * CALL_BATCHES, bytes: 2 * CALL_BYTES, sizeOf: (batch) => batch.data.byteLength })
  /** What the chain reads of a batch. */
  readonly #reads: readonly string[]
  readonly #closed: Promise<void>
  /** The columns of a call. */
  #room: Readonly<Record<string, HostArray>> = {}
  #wake = (): void => undefined
  #has_ended = false
  /** The model, if it is changed here. */
  readonly #trained: Model | undefined
  /** Number of the next batch: training goes on where the model stands. */
  #step: number

  constructor(kernels: readonly Kernel[], model: Model | undefined, options: FlowOptions, downstream: readonly Gate[], subscriber: Subscriber<RecordBatch>) {
    this.#kernels = kernels
    this.#last = kernels.at(-1) as Kernel
    this.#model = model
    this.#step = model?.version ?? 0
    this.#trained = kernels.some(({ updates }) => updates) ? model : undefined
    this.#executor = options.executor ?? defaultExecutor()
    this.#options = options
    this.#downstream = downstream
    this.#subscriber = subscriber
    this.#closed = new Promise((resolve) => subscriber.add(resolve))
    this.#reads = [...new Set(kernels.flatMap((kernel, i) =>
      kernel.reads.filter((name) => !kernels.slice(0, i).some((earlier) => earlier.gives.includes(name)))))]
  }

  run(head: Observable<RecordBatch>): void {
    const subscriber = this.#subscriber
    const trained = this.#trained
    if (trained !== undefined) subscriber.add(trained.train())
    subscriber.add(() => this.#wake())
    this.#options.stop?.addEventListener('abort', () => this.#wake(), { once: true })
    this.#work().finally(() => this.#leaveRoom()).then(() => subscriber.complete(), (error: unknown) => subscriber.error(error))
    subscriber.add(through([this.#queue.gate], () => head.subscribe({
      next: (batch) => {
        if (batch.numRows === 0) return
        this.#queue.push(batch)
        trained?.wait()
        this.#wake()
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        this.#has_ended = true
        this.#wake()
      },
    })))
  }

  async #work(): Promise<void> {
    await this.#prepare()
    if (this.#step > 0) await this.#looked() // the stop of an earlier run may have come while somebody looked
    while (!this.#subscriber.closed && this.#options.stop?.aborted !== true && this.#trained?.is_finished !== true) {
      if (!this.#has_ended) await nextTurn() // a source that is fast fills the queue
      const next = this.#queue.first
      if (next === undefined) {
        if (this.#has_ended) return
        await this.#change()
        continue
      }
      await Promise.race([allOpen(this.#downstream), this.#closed])
      await this.#last.turn?.(this.#step, this.#closed)
      if (this.#subscriber.closed) return
      await this.#call(next)
      await this.#looked()
    }
  }

  /** Who was to look at this version of the model has done so, or nobody wants it any more. */
  async #looked(): Promise<void> {
    const looked = this.#trained?.looked()
    if (looked !== undefined) await Promise.race([looked, this.#closed])
  }

  /** Adds to the model's state what the kernels keep there. */
  async #prepare(): Promise<void> {
    for (const kernel of this.#kernels) await this.#model?.keep(kernel.keeps ?? {})
  }

  async #call(first: RecordBatch): Promise<void> {
    this.#kernels[0]?.checkInput?.(first) // before anything is made for its shape
    const { arrays, giveBack } = await this.#borrow()
    try {
      await this.#run(first, arrays as ModelState)
    } finally {
      giveBack()
    }
  }

  /** What the chain reads of the model: all of it where it trains it. */
  async #borrow(): Promise<Loan> {
    if (this.#model === undefined) return nothingLent({ parameters: { large: [] } })
    if (this.#trained === undefined) return this.#model.borrow(this.#executor, ({ parameters }) => ({ parameters }))
    await this.#trained.on(this.#executor)
    return this.#trained.borrow(this.#executor, (state) => state)
  }

  async #run(first: RecordBatch, state: ModelState): Promise<void> {
    const given = this.#last.passes_reports === true ? reportsIn(first.schema) : []
    const made = this.#last.passes_reports === true ? this.#kernels.flatMap(({ reports = [] }) => reports) : []
    const columns = [...this.#reads, ...given]
    const example = columns.map((name) => readFloats(first, name))
    const bytes = example.reduce((sum, { values }) => sum + values.byteLength, 0)
    const capacity = this.#last.turn !== undefined ? 1 : Math.max(1, Math.min(CALL_BATCHES, Math.floor(CALL_BYTES / Math.max(1, bytes))))
    const shape = { rows: first.numRows, capacity }
    const inputs = {
      state,
      columns: this.#roomFor(Object.fromEntries(columns.map((name, i) => [name, shapeOf(example[i] as Numbers, shape)]))),
      words: this.#kernels.map(({ seed, site }) => streamKey(seed, site).map(scalarInt)),
      first: scalarInt(this.#step),
      count: scalarInt(0),
    }
    const chain = await compileChain(this.#kernels, [...given, ...made], this.#model?.spec, inputs, shape, this.#executor)

    const timely = Math.max(1, Math.floor(CALL_MS / (chain.ms_per_batch ?? CALL_MS)))
    const mayTake = this.#trained?.updates_until_look ?? Infinity
    const batches = this.#queue.take(Math.min(capacity, timely, mayTake, this.#options.max_batches_per_call ?? Infinity), (batch) => isAlike(batch, first, columns))
    for (const batch of batches.slice(1)) this.#kernels[0]?.checkInput?.(batch)
    columns.forEach((name, i) => fillColumn(inputs.columns[name] as HostArray, batches, name, example[i] as Numbers))

    const begin = performance.now()
    const [output] = await chain.compiled.run<Output>([{ ...inputs, count: scalarInt(batches.length) }], { state: 'keep', values: 'fetch' })
    chain.ms_per_batch = (performance.now() - begin) / batches.length
    if (output !== undefined) this.#finish(output, { first: this.#step, batches: batches.length, rows: shape.rows })
  }

  /** Arrays of these shapes: those of the last call, which is over, if they are the same. */
  #roomFor(shapes: Readonly<Record<string, readonly number[]>>): Readonly<Record<string, HostArray>> {
    const known = this.#room
    const fits = Object.entries(shapes).every(([name, shape]) => known[name] !== undefined && sameShape(known[name].shape, shape))
    if (!fits) {
      this.#leaveRoom()
      this.#room = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, takeRoom(shape)]))
    }
    return this.#room
  }

  #leaveRoom(): void {
    Object.values(this.#room).forEach(giveBackRoom)
    this.#room = {}
  }

  #finish({ state, values }: Output, call: Omit<Fetched, 'values'>): void {
    if (this.#subscriber.closed) { // nobody takes what it made: the model is as before
      this.#executor.release(leaves<DeviceArray>(state))
      return
    }
    const fetched = { ...call, values }
    try {
      this.#last.checkOutput?.(fetched)
    } catch (error) {
      this.#executor.release(leaves<DeviceArray>(state))
      throw error
    }
    this.#step += call.batches
    if (state !== undefined) this.#model?.replace(state, this.#step)
    for (const batch of this.#last.batches(fetched)) this.#subscriber.next(batch)
  }

  /** Resolves when a batch comes, the source ends or the subscriber leaves. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

interface Output {
  readonly state?: ModelState
  readonly values: Readonly<Record<string, HostArray>>
}

/** Whether two batches can be worked on in one call. */
const isAlike = (batch: RecordBatch, first: RecordBatch, columns: readonly string[]): boolean =>
  batch.numRows === first.numRows && (batch.schema === first.schema || columns.every((name) => String(columnOf(batch, name).type) === String(columnOf(first, name).type)))

/** A column of several batches. */
const shapeOf = ({ size, is_list }: Numbers, { rows, capacity }: ChainShape): readonly number[] => (is_list ? [capacity, rows, size] : [capacity, rows])

function fillColumn({ data }: HostArray, batches: readonly RecordBatch[], name: string, { size }: Numbers): void {
  batches.forEach((batch, i) => data.set(readFloats(batch, name).values, i * batch.numRows * size))
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
