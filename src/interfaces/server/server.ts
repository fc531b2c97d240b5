/**
 * The server of a run: its streams, events and metrics for whoever watches.
 *
 * Nothing here delays the run or changes it. On loopback it asks for no token unless it has one; for
 * any other address it does not start without. No path is made from a request: streams are looked
 * up in the hub, all else is written here.
 * Errors: server_port_taken, server_host_unknown, server_token_missing.
 */
import type { RecordBatch } from 'apache-arrow'
import Fastify, { type FastifyInstance } from 'fastify'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Observable } from 'rxjs'
import { fail } from '../../errors.ts'
import type { RunEvent } from '../../pipelines/events.ts'
import { Hub, type Tap } from '../../streams/taps/index.ts'
import { addressOf, isLoopback, listen, urlOf } from './address.ts'
import { Answers } from './answers.ts'
import { Clients } from './clients.ts'
import { Events } from './events.ts'
import { answerMalformed, failureOf, sendFailure } from './failures.ts'
import { FORMATS } from './formats.ts'
import { guard } from './guard.ts'
import { HEADERS } from './headers.ts'
import { landscapeRoute } from './landscape-route.ts'
import { LIMITS, type Limits } from './limits.ts'
import { makeMetrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { pageFiles } from './page-files.ts'
import { graphAnswer, type ServedPipeline } from './served-pipeline.ts'
import { streamRoute } from './stream-route.ts'

export interface ServerOptions {
  /** Of the pipeline. */
  readonly name: string
  readonly run_id: string
  /** The run folder; told, not served. */
  readonly folder: string
  /** An address of this machine; 127.0.0.1 unless given. */
  readonly host?: string
  /** 4983 or the next free one unless given; 0 for any. */
  readonly port?: number
  /** Asked of every request; needed for any address but loopback. */
  readonly token?: string
  /** What the run will show, as `plan(pipeline)` has it: streams are listed before they run, and end with their last phase. */
  readonly phases?: readonly { readonly streams: readonly string[] }[]
  /** The pipeline that is run, for /graph and for energies under particles. */
  readonly pipeline?: ServedPipeline
  /** Shared with other servers of the run; else the server has its own, and ends it with the run. */
  readonly hub?: Hub
  readonly limits?: Partial<Limits>
  /** Learns of faults that are the server's own. */
  readonly onFault?: (error: unknown) => void
}

export interface RunServer {
  readonly url: string
  readonly hub: Hub
  /** Shows a stream that is about to run. */
  watch(stream: string, batches$: Observable<RecordBatch>): void
  event(event: RunEvent): void
  /** Ends streams and events, within a second; then nothing of the server is left. */
  close(): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<RunServer> {
  const { host = '127.0.0.1', token } = options
  const address = await addressOf(host)
  if ((token === undefined || token === '') && !isLoopback(address)) throw fail('server_token_missing', { host })
  return new LiveServer(options).start(address)
}

class LiveServer implements RunServer {
  readonly hub: Hub
  readonly #options: ServerOptions
  readonly #limits: Limits
  readonly #app: FastifyInstance
  readonly #server: Server
  readonly #answers: Answers
  readonly #clients: Clients
  readonly #events: Events
  readonly #metrics: ReturnType<typeof makeMetrics>
  readonly #taps = new Set<Tap>()
  readonly #began = performance.now()
  #url = ''
  #check: ReturnType<typeof guard> = () => undefined
  #isReady = false
  #closed: Promise<void> | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.hub = options.hub ?? new Hub(options.phases)
    this.#clients = new Clients(this.#limits.clients)
    this.#events = new Events(options.run_id, this.#limits)
    this.#metrics = makeMetrics(this.hub, options)
    const { header_bytes, header_timeout_ms, request_timeout_ms, idle_ms, connections } = this.#limits
    this.#server = createServer({
      maxHeaderSize: header_bytes, headersTimeout: header_timeout_ms, requestTimeout: request_timeout_ms, keepAliveTimeout: idle_ms,
      connectionsCheckingInterval: Math.min(1000, header_timeout_ms), requireHostHeader: false,
    })
    this.#server.maxConnections = connections
    this.#answers = new Answers(this.#server)
    this.#app = this.#routes()
  }

  get url(): string {
    return this.#url
  }

  async start(address: string): Promise<this> {
    const { token, port: wanted } = this.#options
    await this.#app.ready()
    const port = await listen(this.#server, address, wanted)
    this.#server.on('error', this.#tell) // after listening: too many open files, say
    this.#url = urlOf(address, port)
    this.#check = guard({ is_loopback: isLoopback(address), port, url_chars: this.#limits.url_chars, ...(token === undefined || token === '' ? {} : { token }) })
    return this
  }

  watch(stream: string, batches$: Observable<RecordBatch>): void {
    this.#isReady = true
    this.hub.watch(stream, batches$)
  }

  event(event: RunEvent): void {
    if (event.event === 'phase') this.#isReady = true
    this.#metrics.event(event)
    this.#events.emit(event)
    if (event.event === 'end' && this.#options.hub === undefined) this.hub.end()
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const tap of this.#taps) tap.end()
    this.#events.end()
    await this.#answers.given(this.#limits.close_ms)
    this.#server.closeAllConnections()
    await ended
    for (const tap of this.#taps) tap.close()
    if (this.#options.hub === undefined) this.hub.end()
    await this.#app.close()
  }

  readonly #tell = (error: unknown): void => this.#options.onFault?.(error)

  #routes(): FastifyInstance {
    const app = Fastify({
      serverFactory: (handler) => this.#server.on('request', handler),
      exposeHeadRoutes: false,
      frameworkErrors: (error, _, reply) => sendFailure(reply, error.statusCode === 414 ? fail('server_route_missing') : fail('server_request_malformed')),
      clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket, this.#limits),
    })
    app.removeAllContentTypeParsers()
    app.addHook('onRequest', async (request, reply) => {
      void reply.headers(HEADERS)
      this.#check(request.raw)
      if (this.#closed !== undefined) throw fail('server_closing')
    })
    app.setNotFoundHandler(() => {
      throw fail('server_route_missing')
    })
    app.setErrorHandler((error, _, reply) => sendFailure(reply, failureOf(error, this.#tell)))

    const method = ['GET', 'HEAD']
    const { name, run_id, folder, pipeline } = this.#options
    const streams = (): object[] => this.hub.streams().map((stream) => ({
      ...stream, links: Object.fromEntries(FORMATS.map((format) => [format, `/streams/${encodeURIComponent(stream.name)}?format=${format}`])),
    }))
    const links = { events: '/events', metrics: '/metrics', ...(pipeline === undefined ? {} : { graph: '/graph' }) }
    const page = pageFiles()
    for (const url of ['/', '/assets/:file']) app.route({ method, url, handler: page })
    app.route({
      method, url: '/graph',
      handler: (_, reply) => {
        if (pipeline === undefined) throw fail('server_graph_missing')
        return reply.send(graphAnswer(pipeline))
      },
    })
    app.route({ method, url: '/streams/:name/landscape', handler: landscapeRoute(pipeline?.landscapes) })
    app.route({ method, url: '/streams', handler: (_, reply) => reply.send({ name, run_id, folder, seconds: (performance.now() - this.#began) / 1000, streams: streams(), links }) })
    app.route({
      method, url: '/streams/:name',
      handler: streamRoute({ hub: this.hub, clients: this.#clients, stall_ms: this.#limits.stall_ms, taps: this.#taps, isClosing: () => this.#closed !== undefined, tell: this.#tell }),
    })
    app.route({
      method, url: '/events',
      handler: (request, reply) => {
        const lastId = request.headers['last-event-id']?.toString()
        if (this.#events.isAllSeen(lastId)) return reply.code(204).send()
        if (request.method === 'HEAD') return reply.type('text/event-stream').send()
        this.#clients.enter(reply.raw)
        reply.hijack()
        this.#events.attach(reply.raw, lastId)
        return reply
      },
    })
    app.route({ method, url: '/metrics', handler: async (_, reply) => reply.type(this.#metrics.type).send(await this.#metrics.text()) })
    app.route({ method, url: '/healthz', handler: (_, reply) => reply.send({ status: 'ok' }) })
    app.route({
      method, url: '/ready',
      handler: (_, reply) => {
        if (!this.#isReady) throw fail('server_not_ready')
        return reply.send({ status: 'ok' })
      },
    })
    app.route({ method, url: '/openapi.json', handler: (_, reply) => reply.send(openApi) })
    return app
  }
}
