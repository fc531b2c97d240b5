/**
 * The events of the run, for as long as it goes on: after a break they are asked for again, from
 * the last that was seen.
 */
import type { RunEvent } from '../../../pipelines/events.ts'
import { ask, pause, Refused } from './ask.ts'
import { Messages } from './sse.ts'

export type Connection =
  | { readonly state: 'connecting' | 'live' | 'over' | 'locked' }
  | { readonly state: 'lost'; readonly retry_ms: number }

export interface EventsOptions {
  readonly signal: AbortSignal
  onEvent(event: RunEvent): void
  onConnection(connection: Connection): void
  /** Another run answers at this address. */
  onOtherRun(): void
  /** Resolves when there is a token to try. */
  unlocked(): Promise<void>
}

/** Time between two tries, in ms: doubled from the first to the last. */
const [FIRST_RETRY, LAST_RETRY] = [1000, 8000]
/** The server gives a sign of life every 15 s. */
const SILENCE_MS = 40_000

export async function followEvents({ signal, onEvent, onConnection, onOtherRun, unlocked }: EventsOptions): Promise<void> {
  let lastId = ''
  let retry = FIRST_RETRY
  let isOver = false
  onConnection({ state: 'connecting' })
  while (!signal.aborted) {
    try {
      const watchdog = new Watchdog(signal)
      const response = await ask('/events', { signal: watchdog.signal, headers: lastId === '' ? {} : { 'last-event-id': lastId } })
      if (response.status === 204) return onConnection({ state: 'over' })
      onConnection({ state: 'live' })
      retry = FIRST_RETRY
      for await (const { id, data } of messagesIn(response, watchdog)) {
        if (lastId !== '' && runOf(id) !== runOf(lastId)) return onOtherRun()
        lastId = id
        const event = JSON.parse(data) as RunEvent
        isOver ||= event.event === 'end'
        onEvent(event)
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        onConnection({ state: 'locked' })
        await unlocked()
        continue
      }
    }
    if (isOver) return onConnection({ state: 'over' })
    if (signal.aborted) return
    onConnection({ state: 'lost', retry_ms: retry })
    await pause(retry, signal)
    retry = Math.min(2 * retry, LAST_RETRY)
  }
}

/** Of `20261124-201530-3f9a/17`. */
const runOf = (id: string): string => id.slice(0, id.lastIndexOf('/'))

async function* messagesIn(response: Response, watchdog: Watchdog): AsyncGenerator<ReturnType<Messages['push']>[number]> {
  const messages = new Messages()
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  try {
    for (;;) {
      watchdog.feed()
      const { done, value } = await reader.read()
      if (done) return
      yield* messages.push(value)
    }
  } finally {
    watchdog.stop()
    await reader.cancel().catch(() => undefined) // it has broken off
  }
}

/** Breaks off what has been silent for too long: after a sleep a socket may hang for good. */
class Watchdog {
  readonly signal: AbortSignal
  readonly #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#abort.signal])
    this.feed()
  }

  feed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#abort.abort(), SILENCE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
