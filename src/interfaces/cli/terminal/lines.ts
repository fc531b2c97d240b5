/** A run in lines: for files, for terminals that are none, for people who prefer it. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { RunEvent } from '../../../pipelines/events.ts'
import { expected } from '../../../pipelines/expected.ts'
import { formatIssue, type Issue } from '../../../pipelines/issues.ts'
import { VERSION } from '../../../version.ts'
import type { Failure } from '../exit.ts'
import { failureLines } from '../report.ts'
import { bytes, clock, count } from '../../view/amounts.ts'
import { progressWords } from '../../view/progress-words.ts'
import { RunState } from '../../view/run-state.ts'
import type { Beginning, View } from './contract.ts'

/** Time between two lines of one stream, in ms. */
const EVERY_MS = 2000

export class Lines implements View {
  readonly #write: (text: string) => void
  readonly #told = new Map<string, number>()
  #state: RunState | undefined

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  issue(file: string, issue: Issue): void {
    this.#write(`${formatIssue(file, issue)}\n`)
  }

  begin(beginning: Beginning): void {
    this.#state = new RunState(expected(beginning.pipeline), performance.now())
    this.#write(beginningText(beginning))
  }

  event(event: RunEvent): void {
    const now = performance.now()
    this.#state?.event(event, now)
    if (event.event === 'progress' || event.event === 'training') this.#progress(event.stream, now)
    else this.#write(`${eventText(event)}\n`)
  }

  watch(_stream: string, _batches$: Observable<RecordBatch>): void {
    // lines show no particles
  }

  say(message: string): void {
    this.#write(`${message}\n`)
  }

  fail(failure: Failure): void {
    this.#write(failureLines(failure))
  }

  close(): void {
    // nothing was changed
  }

  #progress(name: string, now: number): void {
    const stream = this.#state?.streams.get(name)
    if (stream === undefined || now - (this.#told.get(name) ?? -Infinity) < EVERY_MS) return
    this.#told.set(name, now)
    this.#write(`${name}: ${progressWords(stream, now).join(', ')}\n`)
  }
}

export const beginningText = ({ pipeline, folder, url, flight }: Beginning): string =>
  `heatbath ${VERSION}: ${pipeline.name}, into ${folder}${url === undefined ? '' : `, watch it at ${url}`}${flight === undefined ? '' : `, Flight at ${flight}`}\n`

/** An event that is not of a stream's course. */
export function eventText(event: Exclude<RunEvent, { readonly event: 'progress' | 'training' }>): string {
  switch (event.event) {
    case 'phase': return `phase ${event.phase} of ${event.phases}: ${event.streams.join(', ')}`
    case 'fitted': return `model ${event.model}: ${count(event.parameters)} parameters, dimension ${event.dim}`
    case 'written': return writtenText(event)
    case 'unwritten': return `no file: ${event.output}, since the stream had no rows`
    case 'checkpoint': return `checkpoint: ${event.path}`
    case 'end': return `${event.status} after ${event.seconds < 60 ? `${event.seconds.toFixed(1)} s` : clock(event.seconds)}`
  }
}

export function writtenText({ output, path, num_rows, bytes: size }: Extract<RunEvent, { readonly event: 'written' }>): string {
  const amounts = [...(num_rows === undefined ? [] : [`${count(num_rows)} rows`]), ...(size === undefined ? [] : [bytes(size)])]
  return `written: ${output}${path === undefined ? '' : ` ${path}`}${amounts.length === 0 ? '' : ` (${amounts.join(', ')})`}`
}
