/**
 * A run on a terminal: a frame of bars, the course of the loss, and the particles as they are, ten
 * times a second. What is written, checkpointed or wrong scrolls by above it.
 */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { WriteStream } from 'node:tty'
import type { RunEvent } from '../../../pipelines/events.ts'
import { expected } from '../../../pipelines/expected.ts'
import { formatIssue, type Issue } from '../../../pipelines/issues.ts'
import type { Failure } from '../exit.ts'
import { failureLines } from '../report.ts'
import { clock, short } from '../../view/amounts.ts'
import { progressWords } from '../../view/progress-words.ts'
import { doneOf, RunState, type StreamState } from '../../view/run-state.ts'
import { bar } from './bar.ts'
import type { Beginning, View } from './contract.ts'
import { Density } from './density.ts'
import { beginningText, eventText } from './lines.ts'
import { paintFor, type Paint } from './paint.ts'
import { drawable, lossesIn } from './drawable.ts'
import { picture } from './picture.ts'
import { Screen } from './screen.ts'
import { sparkline } from './sparkline.ts'

/** Time between two frames, in ms. */
const FRAME_MS = 100
/** Terminals below this have no room for bars. */
const NARROW = 60
const MAX_PICTURE_ROWS = 16
const MIN_PICTURE_ROWS = 4

export class Live implements View {
  readonly #stream: WriteStream
  readonly #paint: Paint
  readonly #last = new Map<string, RecordBatch>()
  readonly #densities = new Map<string, Density>()
  #beginning: Beginning | undefined
  #state: RunState | undefined
  #screen: Screen | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(stream: WriteStream) {
    this.#stream = stream
    this.#paint = paintFor(stream)
  }

  issue(file: string, issue: Issue): void {
    this.#print(`${formatIssue(file, issue)}\n`)
  }

  begin(beginning: Beginning): void {
    this.#print(beginningText(beginning))
    this.#beginning = beginning
    this.#state = new RunState(expected(beginning.pipeline), performance.now())
    this.#screen = new Screen(this.#stream)
    this.#timer = setInterval(() => this.#draw(), FRAME_MS).unref()
    this.#draw()
  }

  event(event: RunEvent): void {
    this.#state?.event(event, performance.now())
    if (event.event === 'phase') this.#last.clear()
    if (event.event === 'end') {
      this.#draw()
      this.#leave()
    }
    if (event.event !== 'progress' && event.event !== 'training' && event.event !== 'phase') this.#print(`${eventText(event)}\n`)
  }

  watch(stream: string, batches$: Observable<RecordBatch>): void {
    batches$.subscribe({
      next: (batch) => {
        this.#last.set(stream, batch)
        for (const loss of lossesIn(batch)) this.#state?.streams.get(stream)?.losses.push(loss)
      },
      error: () => undefined, // told by the run
    })
  }

  say(message: string): void {
    this.#print(`${message}\n`)
  }

  fail(failure: Failure): void {
    this.#print(failureLines(failure))
  }

  close(): void {
    this.#leave()
  }

  #print(text: string): void {
    this.#stream.write(text)
  }

  /** The last frame stays. */
  #leave(): void {
    clearInterval(this.#timer)
    this.#screen?.close()
    this.#screen = undefined
  }

  #draw(): void {
    const [state, screen] = [this.#state, this.#screen]
    if (state === undefined || screen === undefined) return
    const { columns, rows } = screen
    const now = performance.now()
    const lines = [this.#title(state, now), ...[...state.streams.values()].flatMap((stream) => this.#streamLines(stream, columns, now))]
    const room = Math.min(MAX_PICTURE_ROWS, rows - 3 - lines.length)
    screen.draw([...lines, ...(room < MIN_PICTURE_ROWS ? [] : this.#picture(columns - 4, room))])
  }

  #title(state: RunState, now: number): string {
    const { phase, phases } = state
    const { pipeline, url } = this.#beginning as Beginning
    const { bold, dim } = this.#paint
    const where = phases === 0 ? 'getting ready' : `phase ${phase} of ${phases}`
    return `${bold(pipeline.name)}  ${where}  ${dim(clock(state.seconds(now)))}${url === undefined ? '' : `  ${dim(url)}`}`
  }

  #streamLines(stream: StreamState, columns: number, now: number): string[] {
    const { dim, good, accent } = this.#paint
    const width = Math.max(...[...(this.#state?.streams.keys() ?? [])].map((name) => name.length))
    const done = stream.has_ended ? 1 : doneOf(stream)
    const label = stream.has_ended ? good(stream.name.padEnd(width)) : stream.name.padEnd(width)
    const bars = columns < NARROW ? [] : [bar(done, Math.min(30, Math.floor(columns / 5)), this.#paint)]
    const losses = stream.losses.values(Math.min(60, columns - width - 16))
    const course = losses.length < 2 ? [] : [`  ${' '.repeat(width)}  ${dim('loss')} ${accent(sparkline(losses))} ${short(losses.at(-1) as number)}`]
    return [`  ${label}  ${[...bars, progressWords(stream, now).join(dim(' · '))].join('  ')}`, ...course]
  }

  /** Of the last stream that has particles. */
  #picture(columns: number, rows: number): string[] {
    for (const [stream, batch] of [...this.#last].reverse()) {
      const drawn = drawable(batch)
      if (drawn === undefined) continue
      if ('images' in drawn) return this.#captioned(`${stream}, as it is`, picture(drawn.images, columns, rows, this.#paint))
      const density = this.#densities.get(stream) ?? new Density()
      this.#densities.set(stream, density)
      const lines = density.draw(drawn.x, drawn.y, Math.min(columns, rows * (drawn.y === undefined ? 4 : 2)), rows, this.#paint)
      const ranges = density.ranges.flatMap((range, i) => (range === undefined ? [] : [`${drawn.names[i]} ${short(range.from)} … ${short(range.to)}`]))
      return this.#captioned(`${stream}: ${ranges.join(', ')}`, lines)
    }
    return []
  }

  #captioned(caption: string, lines: readonly string[]): string[] {
    return [`  ${this.#paint.dim(caption)}`, ...lines.map((line) => `  ${line}`)]
  }
}
