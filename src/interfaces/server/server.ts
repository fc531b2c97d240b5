/**
 * The server of a run: its streams, events and metrics for whoever watches.
 *
 * Nothing here delays the run or changes it. On loopback it asks for no token unless it has one; for
 * any other address it does not start without. No path of the disk is made from a request: streams
 * are looked up in the hub, files of the page among those that were read at the start.
 * Errors: server_port_taken, server_host_unknown, server_token_missing, server_tls_invalid, server_origin_invalid.
 */
import type { RecordBatch } from 'apache-arrow'
import Fastify, { type FastifyInstance } from 'fastify'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Observable } from 'rxjs'
import { fail } from '../../errors.ts'
import type { RunEvent } from '../../pipelines/events.ts'
import { Hub, type Recorded } from '../../streams/taps/index.ts'
import { addressOf, isLoopback, listen, urlOf } from './address.ts'
import { Allowance } from './allowance.ts'
import { Answers } from './answers.ts'
import { Clients } from './clients.ts'
import { CrossOrigin } from './cross-origin.ts'
import { Events } from './events.ts'
import { answerMalformed, failureOf, sendFailure } from './failures.ts'
import type { FlightServer } from './flight/server.ts'
import { guard } from './guard.ts'
import { HEADERS } from './headers.ts'
import { LIMITS, type Limits } from './limits.ts'
import { makeMetrics } from './metrics.ts'
import type { ServerOptions } from './options.ts'
import { PAGE_FOLDER, readPage } from './page.ts'
import { addRoutes } from './routes.ts'
import type { Session } from './session.ts'
import { Sockets } from './sockets.ts'
import { checkTls } from './tls.ts'

export interface RunServer {
  readonly url: string
  /** Where Arrow Flight is spoken, if it was asked for. */
  readonly flight: string | undefined
  readonly hub: Hub
  /** Shows a stream that is about to run, from its start if what is written of it can be read back. */
  watch(stream: string, batches$: Observable<RecordBatch>, recorded?: Recorded): void
  event(event: RunEvent): void
  /** Ends streams and events: within a second, or five for readers that are on their way; then nothing of the server is left. */
  close(): Promise<void>
}

/** Characters of a token that strangers may try to guess. */
const LEAST_TOKEN = 16

export async function startServer(options: ServerOptions): Promise<RunServer> {
  const { host = '127.0.0.1', token } = options
  const address = await addressOf(host)
  if ((token ?? '').length < LEAST_TOKEN && !isLoopback(address)) throw fail('server_token_missing', { host })
  if (options.tls !== undefined) checkTls(options.tls)
  return new LiveServer(options).start(address)
}

class LiveServer implements RunServer {
  readonly hub: Hub
  readonly #options: ServerOptions
  readonly #limits: Limits
  readonly #app: FastifyInstance
  readonly #server: Server
  readonly #sockets: Sockets
  readonly #answers: Answers
  readonly #session: Session
  readonly #origins: CrossOrigin
  #flight: FlightServer | undefined
  #url = ''
  #check: ReturnType<typeof guard> = () => undefined
  #closed: Promise<void> | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#origins = new CrossOrigin(options.origins ?? [])
    this.hub = options.hub ?? new Hub(options.phases)
    this.#session = {
      run: options,
      began: performance.now(),
      hub: this.hub,
      limits: this.#limits,
      clients: new Clients(this.#limits.clients),
      allowance: new Allowance(),
      events: new Events(options.run_id, this.#limits),
      metrics: makeMetrics(this.hub, options),
      page: readPage(options.page ?? PAGE_FOLDER),
      taps: new Set(),
      is_ready: false,
      is_closing: false,
      tell: (error) => options.onFault?.(error),
    }
    if (options.is_sparing !== true) this.#session.allowance.lift()
    const { header_bytes, header_timeout_ms, request_timeout_ms, idle_ms, connections } = this.#limits
    const settings = {
      maxHeaderSize: header_bytes, headersTimeout: header_timeout_ms, requestTimeout: request_timeout_ms, keepAliveTimeout: idle_ms,
      connectionsCheckingInterval: Math.min(1000, header_timeout_ms), requireHostHeader: false,
    }
    this.#server = options.tls === undefined ? createServer(settings) : createSecureServer({ ...settings, ...options.tls, handshakeTimeout: header_timeout_ms })
    this.#server.maxConnections = connections
    this.#sockets = new Sockets(this.#server)
    this.#answers = new Answers(this.#server)
    this.#app = this.#application()
  }

  get url(): string {
    return this.#url
  }

  get flight(): string | undefined {
    return this.#flight?.url
  }

  async start(address: string): Promise<this> {
    const { token, tls, port: wanted, flight_port } = this.#options
    const is_loopback = isLoopback(address)
    await this.#app.ready()
    const port = await listen(this.#server, address, wanted)
    this.#server.on('error', this.#session.tell) // after listening: too many open files, say
    this.#url = urlOf(tls === undefined ? 'http' : 'https', address, port)
    const { page, limits: { url_chars } } = this.#session
    this.#check = guard({ is_loopback, is_secure: tls !== undefined, port, url_chars, origins: this.#origins, isOpen: (path) => page.has(path), ...(token === undefined ? {} : { token }) })
    if (flight_port === undefined) return this
    try {
      const { FlightServer } = await import('./flight/server.ts') // gRPC takes a moment to load
      this.#flight = await FlightServer.start(this.#session, { address, is_loopback, port: flight_port, ...(token === undefined ? {} : { token }), ...(tls === undefined ? {} : { tls }) })
      this.#session.flight = this.#flight.url
      return this
    } catch (error) {
      await this.close()
      throw error
    }
  }

  watch(stream: string, batches$: Observable<RecordBatch>, recorded?: Recorded): void {
    this.#session.is_ready = true
    this.hub.watch(stream, batches$, recorded)
  }

  event(event: RunEvent): void {
    if (event.event === 'phase') this.#session.is_ready = true
    this.#session.metrics.event(event)
    this.#session.events.emit(event)
    if (event.event !== 'end') return
    this.#session.allowance.lift()
    if (this.#options.hub === undefined) this.hub.end()
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#session.is_closing = true
    this.#session.allowance.lift()
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const tap of this.#session.taps) tap.end()
    this.#session.events.end()
    await Promise.all([this.#answers.given(this.#limits.close_ms), this.#flight?.close(this.#limits.close_ms)])
    this.#sockets.destroy()
    await ended
    for (const tap of this.#session.taps) tap.close()
    if (this.#options.hub === undefined) this.hub.end()
    await this.#app.close()
  }

  #application(): FastifyInstance {
    const app = Fastify({
      serverFactory: (handler) => this.#server.on('request', handler),
      exposeHeadRoutes: false,
      routerOptions: { maxParamLength: 2 ** 14 }, // as long as a request may be: what is longer is refused before our hooks see it
      frameworkErrors: (error, _, reply) => sendFailure(reply, error.statusCode === 414 ? fail('server_route_missing') : fail('server_request_malformed')),
      clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket, this.#limits),
    })
    app.removeAllContentTypeParsers()
    app.addHook('onRequest', async (request, reply) => {
      void reply.headers({ ...HEADERS, ...this.#origins.headers(request.raw) })
      this.#check(request.raw)
      if (this.#origins.isPreflight(request.raw)) return reply.code(204).send()
      if (this.#closed !== undefined) throw fail('server_closing')
    })
    app.addHook('onResponse', async ({ method, routeOptions: { url = '' } }, { statusCode }) => this.#session.metrics.answered(method, url, statusCode))
    app.setNotFoundHandler(() => {
      throw fail('server_route_missing')
    })
    app.setErrorHandler((error, _, reply) => sendFailure(reply, failureOf(error, this.#session.tell)))
    addRoutes(app, this.#session)
    return app
  }
}
