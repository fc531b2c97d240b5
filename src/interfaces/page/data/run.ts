/**
 * What is known of the run: what it told, what streams there are, what the pipeline is.
 *
 * Events come by themselves; the rest is asked for once a second, for as long as the run goes on.
 */
import type { RunEvent } from '../../../pipelines/events.ts'
import type { GraphAnswer } from '../../server/served-pipeline.ts'
import type { StreamInfo } from '../../../streams/taps/contract.ts'
import { RunState } from '../../view/run-state.ts'
import { askJson, pause } from '../net/ask.ts'
import { Rates } from './rates.ts'

interface StreamsAnswer {
  readonly name: string
  readonly run_id: string
  readonly folder: string
  readonly seconds: number
  readonly streams: readonly StreamInfo[]
  readonly links: Readonly<Record<string, string>>
}

export type EndEvent = RunEvent & { readonly event: 'end' }

export interface FollowOptions {
  readonly signal: AbortSignal
  isThere(): boolean
  onNews(): void
  /** An answer does not come: maybe the browser's connections are taken. */
  onNoRoom(): void
}

const EVERY_MS = 1000
const NO_ROOM_MS = 8000

export class Run {
  name = ''
  id = ''
  folder = ''
  streams: readonly StreamInfo[] = []
  /** Undefined where no pipeline declares the streams. */
  graph: GraphAnswer | undefined
  state = new RunState(new Map(), 0)
  end: EndEvent | undefined
  readonly rates = new Rates()
  readonly #early: (readonly [RunEvent, number])[] = []
  #began: number | undefined

  event(event: RunEvent): void {
    const now = performance.now()
    if (this.graph === undefined) this.#early.push([event, now])
    this.state.event(event, now)
    if (event.event === 'end') this.end = event
  }

  /** Whether its streams are. */
  get is_known(): boolean {
    return this.#began !== undefined
  }

  /** How long it has been going on, or did. */
  get seconds(): number | undefined {
    if (this.end !== undefined) return this.end.seconds
    return this.#began === undefined ? undefined : (performance.now() - this.#began) / 1000
  }

  /** Asks until the run has ended, while somebody answers; `onNews` hears of each answer. After its end the server of a run goes. */
  async follow({ signal, isThere, onNews, onNoRoom }: FollowOptions): Promise<void> {
    let isKnown = false
    while (!signal.aborted && !(isKnown && this.end !== undefined)) {
      if (isThere()) {
        try {
          await this.#ask(AbortSignal.any([signal, AbortSignal.timeout(NO_ROOM_MS)]))
          isKnown = true
          onNews()
        } catch (error) {
          if ((error as Error).name === 'TimeoutError') onNoRoom() // else it has gone, which its events tell
        }
      }
      await pause(EVERY_MS, signal)
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const told = await askJson<StreamsAnswer>('/streams', signal)
    const graph = told.links.graph === undefined ? undefined : await askJson<GraphAnswer>(told.links.graph, signal)
    this.name = told.name
    this.id = told.run_id
    this.folder = told.folder
    this.streams = told.streams
    this.#began ??= performance.now() - told.seconds * 1000
    const at = performance.now() / 1000
    for (const { name, rows } of told.streams) this.rates.note(name, rows, at)
    for (const [name, parts] of Object.entries(graph?.counts ?? {})) for (const [i, count] of parts.entries()) if (count !== null) this.rates.note(`${name}/${i}`, count.rows, at)
    if (this.graph === undefined && graph !== undefined) this.#begin(graph)
    this.graph = graph
  }

  /** The events so far, understood by how long streams are. */
  #begin(graph: GraphAnswer): void {
    this.state = new RunState(new Map(Object.entries(graph.expected)), performance.now())
    for (const [event, now] of this.#early.splice(0)) this.state.event(event, now)
  }
}
