/**
 * Arrow Flight on a port of its own.
 *
 * The sockets are ours, gRPC speaks on them: so that there is a limit to them, a time within which a
 * connection must say something, and an end.
 * Errors: server_port_taken, server_host_unknown.
 */
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { fail } from '../../../errors.ts'
import { listen, urlOf } from '../address.ts'
import { namesLoopback, tokenCheck } from '../guard.ts'
import type { Tls } from '../options.ts'
import { patience } from '../patience.ts'
import type { Session } from '../session.ts'
import { Sockets } from '../sockets.ts'
import { flightCalls, type CallOptions } from './calls.ts'
import { flightService } from './protocol.ts'

export interface FlightOptions {
  readonly address: string
  readonly is_loopback: boolean
  readonly port: number
  readonly token?: string
  readonly tls?: Tls
}

export class FlightServer {
  readonly url: string
  readonly #grpc: GrpcServer
  readonly #server: Server
  readonly #sockets: Sockets

  static async start(session: Session, { address, is_loopback, port: wanted, token, tls }: FlightOptions): Promise<FlightServer> {
    const { limits: { header_timeout_ms, idle_ms, connections }, tell } = session
    const grpc = new GrpcServer({
      'grpc.max_receive_message_length': MOST_REQUEST,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': MOST_CALLS,
      'grpc.max_connection_idle_ms': idle_ms,
      'grpc.enable_channelz': 0,
    })
    const server = tls === undefined ? createServer() : createSecureServer({ ...tls, ALPNProtocols: ['h2'], handshakeTimeout: header_timeout_ms })
    server.maxConnections = connections
    const port = await listen(server, address, wanted)
    server.on('error', tell)

    const sockets = new Sockets(server)
    const isRight = tokenCheck(token)
    grpc.addService(flightService(), flightCalls(session, {
      check(call) {
        if (is_loopback && !namesLoopback(call.getHost(), port, tls !== undefined)) throw fail('server_host_refused')
        if (!isRight(call.metadata.get('authorization')[0]?.toString())) throw fail('server_token_wrong')
        if (session.is_closing) throw fail('server_closing')
      },
      drop: (call) => sockets.destroy(call.getPeer()),
    } satisfies CallOptions))
    const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure()) // what is secure is so by then
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      socket.setNoDelay(true).on('error', () => undefined) // it has left: 'close' follows
      injector.injectConnection(socket)
    })
    if (tls !== undefined) server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
    return new FlightServer(urlOf(tls === undefined ? 'grpc' : 'grpc+tls', address, port), grpc, server, sockets)
  }

  private constructor(url: string, grpc: GrpcServer, server: Server, sockets: Sockets) {
    this.url = url
    this.#grpc = grpc
    this.#server = server
    this.#sockets = sockets
  }

  /** Waits for calls under way as long as they are read, then leaves nothing. */
  async close(ms: number): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const done = new Promise<void>((resolve) => this.#grpc.tryShutdown(() => resolve()))
    await patience(done, () => this.#sockets.taken, ms)
    this.#grpc.forceShutdown()
    this.#sockets.destroy()
    await ended
  }
}

/** Bytes: a descriptor or a ticket is short. */
const MOST_REQUEST = 65_536
/** At a time on one connection. */
const MOST_CALLS = 64
