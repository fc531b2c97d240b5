/** What is known of a running run: events, gathered. */
import type { RunEvent } from '../../pipelines/events.ts'
import type { Expected } from '../../pipelines/expected.ts'
import { History } from './history.ts'

export interface StreamState extends Expected {
  readonly name: string
  rows: number
  rows_per_s: number
  step?: number
  epoch?: number
  loss?: number
  learning_rate?: number
  readonly losses: History
  /** When its first event of the present phase came, in ms, and how far it was then. */
  began: number
  began_at: number
  has_ended: boolean
}

export class RunState {
  readonly streams = new Map<string, StreamState>()
  phase = 0
  phases = 0
  readonly #expected: ReadonlyMap<string, Expected>
  readonly #began: number

  constructor(expected: ReadonlyMap<string, Expected>, now: number) {
    this.#expected = expected
    this.#began = now
  }

  seconds(now: number): number {
    return (now - this.#began) / 1000
  }

  event(event: RunEvent, now: number): void {
    if (event.event === 'phase') {
      this.phase = event.phase
      this.phases = event.phases
      for (const stream of this.streams.values()) stream.has_ended = true
      for (const name of event.streams) this.streams.set(name, this.#fresh(name, now))
    } else if (event.event === 'progress') {
      const { rows, rows_per_s, step } = event
      this.#update(event.stream, now, { rows, rows_per_s, ...(step === undefined ? {} : { step }) })
    } else if (event.event === 'training') {
      const { step, loss, learning_rate, rows_per_s, epoch } = event
      this.#update(event.stream, now, { step, loss, learning_rate, rows_per_s, ...(epoch === null ? {} : { epoch }) })
    } else if (event.event === 'end') {
      for (const stream of this.streams.values()) stream.has_ended = true
    }
  }

  #fresh(name: string, now: number): StreamState {
    return { name, rows: 0, rows_per_s: 0, losses: new History(), began: now, began_at: Number.NaN, has_ended: false, ...this.#expected.get(name) }
  }

  #update(name: string, now: number, change: Partial<StreamState>): void {
    const stream = Object.assign(this.streams.get(name) ?? this.#fresh(name, now), change)
    this.streams.set(name, stream)
    if (Number.isNaN(stream.began_at)) [stream.began, stream.began_at] = [now, doneOf(stream) ?? 0]
  }
}

/** The part of a stream that is done, from 0 to 1; undefined where its length is unknown. */
export function doneOf({ step, steps, epoch, epochs }: StreamState): number | undefined {
  if (step !== undefined && steps !== undefined) return step / steps
  return epoch !== undefined && epochs !== undefined ? epoch / epochs : undefined
}

/** Seconds that are left, at the pace so far. */
export function secondsLeft(stream: StreamState, now: number): number | undefined {
  const done = doneOf(stream)
  if (done === undefined || stream.has_ended || !(done > stream.began_at)) return undefined
  return ((now - stream.began) / 1000) * ((1 - done) / (done - stream.began_at))
}
