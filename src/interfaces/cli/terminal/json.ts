/**
 * A run as JSON, a line to an event: for log collectors. What others write to stderr meanwhile
 * (tables of a console sink, warnings of Node) becomes lines of JSON, too.
 */
import { pino, type Logger } from 'pino'
import type { RunEvent } from '../../../pipelines/events.ts'
import type { Issue } from '../../../pipelines/issues.ts'
import type { Failure } from '../exit.ts'
import type { Beginning, View } from './contract.ts'

export class JsonLog implements View {
  readonly #write = process.stderr.write
  #log: Logger

  constructor() {
    const destination = pino.destination({ fd: 2, sync: true }) // written when it is said: the end of a process loses nothing
    destination.on('error', () => undefined) // nobody reads it
    process.stderr.write = this.#wrapped
    this.#log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, destination)
  }

  issue(file: string, { severity, message, ...issue }: Issue): void {
    this.#log[severity === 'error' ? 'error' : 'warn']({ event: 'issue', file, ...issue }, message)
  }

  begin({ pipeline, run_id, folder, url, flight }: Beginning): void {
    this.#log = this.#log.child({ pipeline: pipeline.name, run_id })
    this.#log.info({ event: 'begin', folder, ...(url === undefined ? {} : { url }), ...(flight === undefined ? {} : { flight }) }, 'begin')
  }

  event({ event, ...about }: RunEvent): void {
    this.#log.info({ event, ...about }, event)
  }

  watch(): void {
    // a log shows no particles
  }

  say(message: string): void {
    this.#log.info({ event: 'note' }, message)
  }

  fail({ message, ...failure }: Failure): void {
    this.#log.error({ event: 'error', ...failure }, message)
  }

  close(): void {
    if (process.stderr.write === this.#wrapped) process.stderr.write = this.#write
  }

  readonly #wrapped = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    for (const line of text.split('\n')) if (line.trim() !== '') this.#log.info({ event: 'output' }, line)
    const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined
    if (done !== undefined) process.nextTick(done)
    return true
  }) as typeof process.stderr.write
}
