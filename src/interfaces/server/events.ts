/**
 * /events: what the run tells, as server-sent events.
 *
 * Who comes late gets the last event of each kind first (per stream, model or output), or, if it
 * was here before, those it has not seen. Who is slow skips to the last of each kind. All that is
 * kept is one event of each kind.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { RunEvent } from '../../pipelines/events.ts'
import type { Limits } from './limits.ts'

export class Events {
  readonly #run: string
  readonly #limits: Limits
  /** By kind, in the order of their numbers. */
  readonly #last = new Map<string, { readonly number: number; readonly text: string }>()
  readonly #readers = new Set<Reader>()
  #number = 0
  #isOver = false
  #heartbeat: NodeJS.Timeout | undefined

  constructor(runId: string, limits: Limits) {
    this.#run = runId
    this.#limits = limits
  }

  emit(event: RunEvent): void {
    const kind = kindOf(event)
    const number = ++this.#number
    const text = `id: ${this.#run}/${number}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`
    this.#last.delete(kind)
    this.#last.set(kind, { number, text })
    for (const reader of this.#readers) reader.send(kind, text)
    if (event.event === 'end') this.end()
  }

  /** Whether somebody who has seen the event of this id has seen all there will be. */
  isAllSeen(lastId: string | undefined): boolean {
    return this.#isOver && this.#seen(lastId) >= this.#number
  }

  /** Answers with the events from now on, and the last ones before. */
  attach(response: ServerResponse, lastId: string | undefined, headers: OutgoingHttpHeaders): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    response.write('retry: 2000\n\n')
    const reader = new Reader(response)
    const seen = this.#seen(lastId)
    for (const [kind, { number, text }] of this.#last) if (number > seen) reader.send(kind, text)
    if (this.#isOver) return reader.end()
    this.#readers.add(reader)
    response.once('close', () => {
      this.#readers.delete(reader)
      if (this.#readers.size === 0) this.#stopHeartbeat()
    })
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#limits.heartbeat_ms).unref()
  }

  /** No more events. */
  end(): void {
    this.#isOver = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
    this.#stopHeartbeat()
  }

  #seen(id: string | undefined): number {
    const prefix = `${this.#run}/`
    return id?.startsWith(prefix) === true ? Number(/^\d{1,15}$/.exec(id.slice(prefix.length))?.[0] ?? 0) : 0
  }

  #beat(): void {
    for (const reader of this.#readers) reader.beat(this.#limits.stall_ms)
  }

  #stopHeartbeat(): void {
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}

/** One client. */
class Reader {
  readonly #response: ServerResponse
  /** What waits for room, by kind. */
  readonly #waiting = new Map<string, string>()
  #blockedSince: number | undefined
  #isEnding = false

  constructor(response: ServerResponse) {
    this.#response = response
    response.on('drain', () => this.#flush())
    response.on('error', () => undefined) // it has left: 'close' follows
  }

  send(kind: string, text: string): void {
    if (this.#blockedSince === undefined) return this.#write(text)
    this.#waiting.delete(kind)
    this.#waiting.set(kind, text)
  }

  beat(stallMs: number): void {
    if (this.#blockedSince === undefined) this.#write(': here\n\n')
    else if (performance.now() - this.#blockedSince > stallMs) this.#response.destroy()
  }

  end(): void {
    this.#isEnding = true
    if (this.#waiting.size === 0) this.#response.end()
  }

  #write(text: string): void {
    if (!this.#response.write(text)) this.#blockedSince = performance.now()
  }

  #flush(): void {
    this.#blockedSince = undefined
    for (const [kind, text] of this.#waiting) {
      this.#waiting.delete(kind)
      this.#write(text)
      if (this.#blockedSince !== undefined) return
    }
    if (this.#isEnding) this.#response.end()
  }
}

/** Events of one kind replace each other. */
function kindOf(event: RunEvent): string {
  switch (event.event) {
    case 'progress':
    case 'training': return `${event.event} ${event.stream}`
    case 'fitted': return `${event.event} ${event.model}`
    case 'written':
    case 'unwritten': return `${event.event} ${event.output}`
    default: return event.event
  }
}
