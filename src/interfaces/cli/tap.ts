/**
 * A stream of a run that goes on, written to stdout as it comes; or the list of its streams.
 *
 * What is written ends with a whole line or batch, however it ends. A reader of stdout that leaves
 * ends it quietly; a signal ends it with 130 or 143. What was lost is said on stderr.
 * Errors: tap_ended, tap_unserved, tap_unreachable, tap_refused, tap_cut, run_missing.
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { RecordBatchReader } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { printTo } from '../../streams/sinks/console.ts'
import type { StreamInfo } from '../../streams/taps/index.ts'
import { EXIT, type Signal } from './exit.ts'
import { findServer, request } from './find-server.ts'
import { table } from './table.ts'
import { WholeLines, WholeMessages, type WholeParts } from './whole-parts.ts'

export interface TapOptions {
  readonly every?: number
  readonly rows?: number
  readonly columns?: string
  readonly from: 'latest' | 'start'
  readonly limit?: number
  readonly format?: 'arrow' | 'ndjson' | 'csv' | 'table'
}

const TABLE_ROWS = 10

/** Whose stream is asked for: the URL of a stream, as the server tells it, is that of its run and a name. */
export function wanted(run: string, stream: string | undefined): { readonly server: string; readonly name: string | undefined } {
  const [, server, name] = /^(https?:\/\/[^?#]*?)\/streams(?:\/([^/?#]+))?\/?$/i.exec(run) ?? []
  return server === undefined ? { server: run, name: stream } : { server, name: stream ?? name }
}

export async function listStreams(run: string, { format = defaultFormat() }: TapOptions): Promise<void> {
  if (format !== 'table' && format !== 'ndjson') throw fail('command_invalid', { problem: 'the list of streams is written as table or ndjson', command: 'heatbath tap' })
  const { streams } = await findServer(run)
  if (format === 'table') process.stdout.write(table(COLUMNS, streams.map(row)))
  else process.stdout.write(streams.map((stream) => `${JSON.stringify(stream)}\n`).join(''))
}

export async function tapStream(run: string, stream: string, { format = defaultFormat(), ...options }: TapOptions): Promise<void> {
  const rows = options.rows ?? (format === 'table' ? TABLE_ROWS : undefined)
  const query = new URLSearchParams({ format: format === 'table' ? 'arrow' : format })
  for (const [name, value] of Object.entries({ ...options, rows })) if (value !== undefined) query.set(name, String(value))
  const server = await findServer(run)
  const response = await request(server, `/streams/${encodeURIComponent(stream)}?${query}`)
  const leaving = new Leaving(response)
  const parts = format === 'arrow' ? new WholeMessages() : new WholeLines()
  try {
    if (format === 'table') await show(response, stream, rows ?? TABLE_ROWS)
    else await pass(response, parts, leaving.signal)
    if (leaving.why === undefined) conclude(response, stream)
  } catch (error) {
    if (leaving.why === undefined && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw asCut(error, stream)
  } finally {
    leaving.dispose()
    response.destroy()
  }
  if (leaving.why === undefined || leaving.why === 'reader') return
  if (format !== 'table') process.stdout.write(parts.mark)
  process.exitCode = EXIT[leaving.why]
}

const defaultFormat = (): 'table' | 'ndjson' => (process.stdout.isTTY ? 'table' : 'ndjson')

/** Stops reading when the reader of stdout has left, or at a signal. */
class Leaving {
  why: Signal | 'reader' | undefined
  readonly #controller = new AbortController()
  readonly #handlers: readonly (readonly [Signal, () => void])[]
  readonly #gone: () => void

  constructor(response: IncomingMessage) {
    const leave = (why: Signal | 'reader') => (): void => {
      this.why ??= why
      response.destroy()
      this.#controller.abort()
    }
    this.#gone = leave('reader')
    process.stdout.once('error', this.#gone)
    this.#handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, leave(signal)] as const)
    for (const [signal, handler] of this.#handlers) process.once(signal, handler)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  dispose(): void {
    process.stdout.off('error', this.#gone)
    for (const [signal, handler] of this.#handlers) process.off(signal, handler)
  }
}

/** Whole parts as they come, as fast as stdout takes them. */
async function pass(response: IncomingMessage, parts: WholeParts, signal: AbortSignal): Promise<void> {
  for await (const bytes of response) {
    for (const piece of parts.add(bytes as Uint8Array)) if (!process.stdout.write(piece)) await once(process.stdout, 'drain', { signal })
  }
}

async function show(response: IncomingMessage, name: string, rows: number): Promise<void> {
  const reader = await RecordBatchReader.from(response)
  await reader.open()
  const writer = await printTo(process.stdout, { rows }).open(reader.schema, { folder: '.', name, origin: {} })
  for await (const batch of reader) await writer.write(batch)
  for await (const _ of response); // what follows the end mark: the trailers
}

/** What the trailers tell. */
function conclude({ trailers }: IncomingMessage, stream: string): void {
  const [batches, rows] = [Number(trailers['heatbath-dropped-batches'] ?? 0), trailers['heatbath-dropped-rows']]
  if (batches > 0) process.stderr.write(`${batches} batches (${rows} rows) were dropped: this end was too slow\n`)
  if (trailers['heatbath-state'] !== 'failed') return
  process.stderr.write(`the stream ${stream} failed: the run says why\n`)
  process.exitCode = EXIT.failed
}

function asCut(error: unknown, stream: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  const isCut = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ETIMEDOUT', 'EPIPE'].includes(code) || /Expected to read|aborted/.test(message)
  return isCut ? fail('tap_cut', { stream, reason: code || 'the connection ended' }, error) : error
}

const COLUMNS = [
  { name: 'stream' }, { name: 'state' }, { name: 'rows', is_number: true }, { name: 'batches', is_number: true }, { name: 'clients', is_number: true }, { name: 'columns' },
] as const

const row = ({ name, state, rows, batches, clients, schema }: StreamInfo): string[] =>
  [name, state, String(rows), String(batches), String(clients), schema?.fields.map((field) => field.name).join(', ') ?? '']
