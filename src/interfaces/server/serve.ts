/**
 * The server of a run for any RxJS program: over HTTP, Arrow Flight and as a page.
 *
 *   const server = await serve({ prices: prices$ }, { port: 4983 })
 *   orders$.pipe(server.tap('orders'), map(...)).subscribe(...)
 *   ...
 *   await server.close()
 *
 * Streams emit record batches, or rows: plain objects of numbers, texts, booleans, dates and lists of
 * numbers; a bare value is a row of one column. Who watches neither slows nor changes them: what a
 * client is too slow for, it loses.
 * Errors: those of the server (server_port_taken, server_token_missing and so on); a stream that fails
 * is shown as failed, and told to `onFault`.
 */
import { defer, Subject, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs'
import { newRunId } from '../../pipelines/run-folder.ts'
import { toBatches } from '../../streams/to-batches.ts'
import type { ServerOptions } from './options.ts'

export interface ServeOptions extends Omit<ServerOptions, 'name' | 'run_id' | 'folder' | 'phases' | 'hub'> {
  /** Told to those who watch; `streams` unless given. */
  readonly name?: string
}

export interface Served {
  readonly url: string
  /** Where Arrow Flight is spoken, if `flight_port` asked for it. */
  readonly flight: string | undefined
  /** Shows what passes here, and passes it on as it is: no second subscription, nothing held back. */
  tap<T>(name: string): MonoTypeOperatorFunction<T>
  /** Ends all streams for those who watch; then nothing of the server is left. */
  close(): Promise<void>
}

/**
 * Starts a server that shows these streams, on 127.0.0.1:4983 or the next free port.
 *
 * It subscribes to each of them at once: share what others subscribe to as well (`share()`), or pipe
 * it through `tap(name)` of what is returned instead. It keeps the process alive until it is closed.
 */
export async function serve(streams: Readonly<Record<string, Observable<unknown>>> = {}, { name = 'streams', ...options }: ServeOptions = {}): Promise<Served> {
  const { startServer } = await import('./server.ts') // whoever imports heatbath for its streams need not wait for it
  const server = await startServer({ is_sparing: true, ...options, name, run_id: newRunId(), folder: process.cwd(), phases: [{ streams: Object.keys(streams) }] })
  const show = (stream: string, values$: Observable<unknown>): void =>
    server.watch(stream, values$.pipe(toBatches(), tap({ error: (error: unknown) => options.onFault?.(error) })))
  for (const [stream, values$] of Object.entries(streams)) show(stream, values$)
  return {
    url: server.url,
    flight: server.flight,
    tap: <T>(stream: string): MonoTypeOperatorFunction<T> => (source) => defer(() => {
      const copies = new Subject<T>()
      show(stream, copies)
      return source.pipe(tap({
        next: (value) => copies.next(value),
        error: (error: unknown) => copies.error(error),
        complete: () => copies.complete(),
        unsubscribe: () => copies.complete(),
      }))
    }),
    close: () => server.close(),
  }
}
