/**
 * One stream of a run, for those who watch: what it emitted so far, and who looks at it.
 *
 * Nothing that goes wrong here reaches the stream.
 */
import { DataType, type RecordBatch, type Schema } from 'apache-arrow'
import type { Observable, Subscription } from 'rxjs'
import { stepRuns } from '../arrow/steps.ts'
import { through } from '../gates.ts'
import { KEPT, type StreamInfo, type StreamState, type TapOptions } from './contract.ts'
import { Emitted } from './emitted.ts'
import { buffersOf } from './memory.ts'
import { schemaInfo } from './schema-info.ts'
import { Tap } from './tap.ts'
import { chainsOf } from './view.ts'

export class Channel {
  readonly name: string
  schema: Schema | undefined
  /** Number of chains, 0 for a stream without; undefined until its first step is complete. */
  chains: number | undefined
  #state: StreamState = 'waiting'
  /** Phases that are still to come or under way. */
  #phases: number
  #subscription: Subscription | undefined
  readonly #taps = new Set<Tap>()
  /** For clients that come later. */
  readonly #kept: Emitted[] = []
  #keptRows = 0
  #rowBytes = 0
  #rows = 0
  #batches = 0
  #droppedBatches = 0
  #droppedRows = 0
  /** Steps seen; the value of the last one, and where the column is: −1 if there is none. */
  #steps = 0
  #lastStep: number | bigint | undefined
  #stepColumn = -1
  #chainsSoFar = 0

  constructor(name: string, phases: number) {
    this.name = name
    this.#phases = phases
  }

  get state(): StreamState {
    return this.#state
  }

  get info(): StreamInfo {
    return {
      name: this.name,
      state: this.#state,
      ...(this.schema === undefined ? {} : { schema: schemaInfo(this.schema) }),
      rows: this.#rows,
      batches: this.#batches,
      clients: this.#taps.size,
      dropped_batches: this.#droppedBatches,
      dropped_rows: this.#droppedRows,
    }
  }

  /** Whether what its clients are about to take, each for as long as it likes, is too much to leave in buffers of the engine. */
  get is_crowded(): boolean {
    return this.#taps.size > FEW
  }

  /** Looks at the stream in one phase: on behalf of no queue, so that no gate is ours. */
  watch(batches$: Observable<RecordBatch>): void {
    this.#phases = Math.max(1, this.#phases)
    this.#lastStep = undefined
    if (this.#state !== 'waiting') this.#state = 'running'
    this.#subscription?.unsubscribe()
    this.#subscription = through([], () => batches$.subscribe({
      next: (batch) => {
        try {
          this.#next(batch)
        } catch {
          this.end('failed') // what the stream's own consumers see is their affair
        }
      },
      error: () => this.end('failed'), // told by the run
      complete: () => {
        this.#phases--
        if (this.#phases === 0) this.end('ended')
      },
    }))
  }

  tap(options: TapOptions): Tap {
    const tap = new Tap(this, options)
    const newest = this.#kept.at(-1)?.first_step
    for (const emitted of this.#kept) if (options.from === 'start' || emitted.first_step === newest) tap.offer(emitted)
    if (this.#isOver) tap.end()
    else this.#taps.add(tap)
    return tap
  }

  /** No more phases, no more batches. */
  end(state: 'ended' | 'failed'): void {
    this.#subscription?.unsubscribe()
    if (this.#isOver) return
    this.#state = state
    this.chains ??= this.#chainsSoFar
    for (const tap of this.#taps) tap.end()
  }

  leave(tap: Tap): void {
    this.#taps.delete(tap)
  }

  dropped(rows: number): void {
    this.#droppedBatches++
    this.#droppedRows += rows
  }

  get #isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  #next(batch: RecordBatch): void {
    if (this.schema === undefined) this.#begin(batch)
    this.#rows += batch.numRows
    this.#batches++
    const emitted = this.#placed(batch)
    if (this.chains === undefined) this.#countChains(emitted)
    this.#keep(emitted)
    for (const tap of this.#taps) tap.offer(emitted)
  }

  #begin({ schema }: RecordBatch): void {
    this.schema = schema
    this.#state = 'running'
    this.#stepColumn = schema.fields.findIndex(({ name, type }) => name === 'step' && DataType.isInt(type) && type.bitWidth >= 32)
  }

  /** Counts steps: a step may go on in the next batch. Without steps, each batch is one. */
  #placed(batch: RecordBatch): Emitted {
    const { values, nullCount, length } = batch.data.children[this.#stepColumn] ?? NONE
    if (values === undefined || nullCount > 0 || length === 0) return new Emitted(batch, this.#steps++, 1)
    const [first, last] = [values[0] as number | bigint, values[length - 1] as number | bigint]
    const isContinued = first === this.#lastStep
    const numSteps = first === last ? 1 : stepRuns(batch).length
    const firstStep = isContinued ? this.#steps - 1 : this.#steps
    this.#steps = firstStep + numSteps
    this.#lastStep = last
    return new Emitted(batch, firstStep, numSteps)
  }

  /** Sizes are estimated: measuring each batch would cost more than all the rest. */
  #keep(emitted: Emitted): void {
    const { batch } = emitted
    if (this.#batches % MEASURED_EVERY === 1) this.#rowBytes = buffersOf(batch).own_bytes / Math.max(1, batch.numRows)
    this.#kept.push(emitted)
    this.#keptRows += batch.numRows
    while (this.#kept.length > 1 && (this.#kept.length > KEPT.batches || this.#keptRows * this.#rowBytes > KEPT.bytes)) {
      this.#keptRows -= this.#kept.shift()?.batch.numRows ?? 0
    }
  }

  /** All chains have been seen when the second step begins. */
  #countChains({ batch, first_step, num_steps }: Emitted): void {
    const chain = chainsOf(batch)
    if (first_step === 0) for (let row = 0; row < (chain?.length ?? 0); row++) this.#chainsSoFar = Math.max(this.#chainsSoFar, ((chain?.values as Uint32Array)[row] as number) + 1)
    if (chain === undefined || first_step > 0 || num_steps > 1) this.chains = this.#chainsSoFar
  }
}

const NONE = { values: undefined, nullCount: 0, length: 0 } as const
const MEASURED_EVERY = 64
const FEW = 8
