/**
 * One stream of a run, for those who watch: what it emitted so far, and who looks at it.
 *
 * Nothing that goes wrong here reaches the stream.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import type { Observable, Subscription } from 'rxjs'
import { through } from '../gates.ts'
import type { Recording } from '../sinks/contract.ts'
import type { Recorded, Replayed, StreamInfo, StreamState, TapOptions } from './contract.ts'
import type { Emitted } from './emitted.ts'
import { Log } from './log.ts'
import { Past } from './past.ts'
import { schemaInfo } from './schema-info.ts'
import { StepCounter } from './step-counter.ts'
import { Tap } from './tap.ts'
import { chainsOf } from './view.ts'

export class Channel {
  readonly name: string
  schema: Schema | undefined
  /** Number of chains, 0 for a stream without; undefined until its first step is complete. */
  chains: number | undefined
  readonly log = new Log()
  recording: Recording | undefined
  /** Rows that the recording holds before those of the stream. */
  before_rows = 0
  readonly #counter = new StepCounter()
  /** Where clients of a stream of files begin who want the newest. */
  #newestRow = 0
  #state: StreamState = 'waiting'
  /** Phases that are still to come or under way. */
  #phases: number
  #subscription: Subscription | undefined
  readonly #taps = new Set<Tap>()
  /** Taps that read what lies behind. */
  readonly #behind = new Set<Tap>()
  #rows = 0
  #batches = 0
  #droppedBatches = 0
  #droppedRows = 0
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
      clients: this.#taps.size + this.#behind.size,
      is_recorded: this.recording !== undefined,
      dropped_batches: this.#droppedBatches,
      dropped_rows: this.#droppedRows,
    }
  }

  /** Whether what its clients are about to take, each for as long as it likes, is too much to leave in buffers of the engine. */
  get is_crowded(): boolean {
    return this.#taps.size > FEW
  }

  get is_over(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  /** Steps so far. */
  get steps(): number {
    return this.#counter.steps
  }

  /** Looks at the stream in one phase: on behalf of no queue, so that no gate is ours. */
  watch(batches$: Observable<RecordBatch>, recorded?: Recorded): void {
    this.#phases = Math.max(1, this.#phases)
    this.#counter.restart()
    if (recorded !== undefined) {
      this.recording = recorded.recording
      this.before_rows = recorded.before_rows
      this.log.restart(recorded.before_rows)
    }
    const isRecorded = recorded !== undefined
    if (this.#state !== 'waiting') this.#state = 'running'
    this.#subscription?.unsubscribe()
    this.#subscription = through([], () => batches$.subscribe({
      next: (batch) => {
        try {
          this.#next(batch, isRecorded)
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

  /** The stream of a run that is over, from what it has written. */
  async replay({ recording, state, batches }: Replayed): Promise<void> {
    this.recording = recording
    this.schema = recording.schema
    this.log.restart(recording.num_rows)
    this.#rows = recording.num_rows
    this.#batches = batches
    for await (const emitted of new Past(this, 0)) {
      this.#countChains(emitted)
      if (this.chains !== undefined) break
    }
    this.end(state)
    this.#newestRow = Math.max(0, recording.num_rows - Math.max(1, this.chains ?? 0))
  }

  tap(options: TapOptions): Tap {
    const { log } = this
    const isFromStart = options.from === 'start'
    const from = this.#rowBehind(isFromStart)
    const tap = new Tap(this, options, from)
    if (from !== undefined) return tap
    if (isFromStart) tap.miss({ batches: this.#batches - log.items.length, rows: log.begin })
    const newest = log.newest?.first_step
    for (const emitted of log.items) if (isFromStart || emitted.first_step === newest) tap.offer(emitted)
    this.join(tap)
    return tap
  }

  /** The tap reads what lies behind: it is told when there is more. */
  fall(tap: Tap): void {
    this.#taps.delete(tap)
    this.#behind.add(tap)
  }

  /** The tap has seen what lies behind: from now on it gets what is emitted. */
  join(tap: Tap): void {
    this.#behind.delete(tap)
    if (this.is_over) tap.end()
    else this.#taps.add(tap)
  }

  /** No more phases, no more batches. */
  end(state: 'ended' | 'failed'): void {
    this.#subscription?.unsubscribe()
    if (this.is_over) return
    this.#state = state
    this.chains ??= this.#chainsSoFar
    for (const tap of this.#taps) tap.end()
    for (const tap of this.#behind) tap.news()
  }

  leave(tap: Tap): void {
    this.#taps.delete(tap)
    this.#behind.delete(tap)
  }

  dropped(rows: number): void {
    this.#droppedBatches++
    this.#droppedRows += rows
  }

  /** The row of the recording that a client begins with; undefined if what is in memory is enough. */
  #rowBehind(isFromStart: boolean): number | undefined {
    if (this.recording === undefined) return undefined
    if (isFromStart) return 0
    return this.is_over && this.log.newest === undefined ? this.#newestRow : undefined
  }

  #next(batch: RecordBatch, isRecorded: boolean): void {
    if (this.schema === undefined) {
      this.schema = batch.schema
      this.#state = 'running'
    }
    this.#rows += batch.numRows
    this.#batches++
    const emitted = this.#counter.place(batch)
    if (this.chains === undefined) this.#countChains(emitted)
    this.log.push(emitted, isRecorded ? (this.recording?.num_rows ?? Infinity) : Infinity)
    for (const tap of this.#taps) tap.offer(emitted)
    for (const tap of this.#behind) tap.news()
  }

  /** All chains have been seen when the second step begins. */
  #countChains({ batch, first_step, num_steps }: Emitted): void {
    const chain = chainsOf(batch)
    if (first_step === 0) for (let row = 0; row < (chain?.length ?? 0); row++) this.#chainsSoFar = Math.max(this.#chainsSoFar, ((chain?.values as Uint32Array)[row] as number) + 1)
    if (chain === undefined || first_step > 0 || num_steps > 1) this.chains = this.#chainsSoFar
  }
}

const FEW = 8
