/**
 * The calls of Flight that are answered.
 *
 * Who does not keep up loses batches like any client of the run; `app_metadata` of the message that
 * comes next tells how many, as JSON. A stream that fails is a failed call.
 */
import { Metadata, type handleServerStreamingCall, type handleUnaryCall, type ServerWritableStream, type UntypedServiceImplementation } from '@grpc/grpc-js'
import type { Schema } from 'apache-arrow'
import { fail } from '../../../errors.ts'
import { encodeStream } from '../../../streams/arrow/ipc.ts'
import type { StreamInfo, Tap } from '../../../streams/taps/index.ts'
import { Outlet, type Pipe } from '../outlet.ts'
import type { Session } from '../session.ts'
import { flightMessages } from './data.ts'
import { flightFailure, type FlightFailure } from './failures.ts'
import type { Criteria, FlightDescriptor, FlightInfo, SchemaResult, Ticket } from './protocol.ts'
import { readDescriptor, readTicket, ticketOf, type Asked } from './ticket.ts'

type Call = Pick<ServerWritableStream<unknown, unknown>, 'metadata' | 'getHost' | 'getPeer'>
type DoGet = ServerWritableStream<Ticket, Buffer>

export interface CallOptions {
  /** Throws if the caller may not ask. */
  readonly check: (call: Call) => void
  /** Cuts off a caller. */
  readonly drop: (call: Call) => void
}

export function flightCalls(session: Session, { check, drop }: CallOptions): UntypedServiceImplementation {
  const { hub, tell } = session
  const unary = <Request, Response>(answer: (request: Request) => Response): handleUnaryCall<Request, Response> => (call, callback) => {
    try {
      check(call)
      callback(null, answer(call.request))
    } catch (error) {
      callback(flightFailure(error, tell))
    }
  }
  const infoOf = ({ name, tap, text }: Asked): FlightInfo => {
    const schema = hub.schema(name, tap)
    return flightInfo(hub.streams().find((stream) => stream.name === name) as StreamInfo, text, schema)
  }
  const listFlights: handleServerStreamingCall<Criteria, FlightInfo> = (call) => {
    try {
      check(call)
      const beginning = call.request.expression.toString('utf8')
      for (const { name } of hub.streams()) if (name.startsWith(beginning)) call.write(infoOf(readTicket(ticketOf(name))))
      call.end()
    } catch (error) {
      call.emit('error', flightFailure(error, tell))
    }
  }
  const doGet: handleServerStreamingCall<Ticket, Buffer> = (call) => {
    try {
      check(call)
      void new Delivery(session, call, drop).run(readTicket(call.request.ticket.toString('utf8')))
    } catch (error) {
      call.emit('error', flightFailure(error, tell))
    }
  }
  return {
    ListFlights: listFlights,
    GetFlightInfo: unary<FlightDescriptor, FlightInfo>((descriptor) => infoOf(readDescriptor(descriptor))),
    GetSchema: unary<FlightDescriptor, SchemaResult>((descriptor) => {
      const { name, tap } = readDescriptor(descriptor)
      const schema = hub.schema(name, tap)
      if (schema === undefined) throw fail('server_schema_unknown', { stream: name })
      return { schema: schemaBytes(schema) }
    }),
    DoGet: doGet,
  }
}

const schemaBytes = (schema: Schema): Uint8Array => Buffer.concat(encodeStream(schema).start())

function flightInfo({ schema: _, ...info }: StreamInfo, ticket: string, schema: Schema | undefined): FlightInfo {
  return {
    schema: schema === undefined ? new Uint8Array(0) : schemaBytes(schema),
    flight_descriptor: { type: 'PATH', path: [ticket] },
    endpoint: [{ ticket: { ticket: Buffer.from(ticket) } }],
    total_records: info.state === 'ended' ? info.rows : -1,
    total_bytes: -1,
    ordered: true,
    app_metadata: Buffer.from(JSON.stringify(info)),
  }
}

/** One answer to DoGet. */
class Delivery {
  readonly #session: Session
  readonly #call: DoGet
  readonly #drop: () => void

  constructor(session: Session, call: DoGet, drop: (call: Call) => void) {
    this.#session = session
    this.#call = call
    this.#drop = () => drop(call)
  }

  async run({ name, tap: options, limit = Infinity }: Asked): Promise<void> {
    const { clients, hub, taps, tell } = this.#session
    let tap: Tap | undefined
    let leave = (): void => undefined
    try {
      tap = hub.tap(name, options)
      leave = clients.enter()
      taps.add(tap)
      for (const event of ['cancelled', 'close']) this.#call.once(event, () => tap?.close())
      await this.#send(tap, name, limit)
    } catch (error) {
      this.#fail(flightFailure(error, tell))
    } finally {
      tap?.close()
      if (tap !== undefined) taps.delete(tap)
      leave()
    }
  }

  async #send(tap: Tap, name: string, limit: number): Promise<void> {
    const session = this.#session
    const schema = await tap.schema()
    if (this.#call.cancelled) return
    if (schema === undefined) throw session.is_closing ? fail('server_closing') : fail('server_stream_empty', { stream: name })
    const encoder = encodeStream(schema)
    const outlet = new Outlet(callPipe(this.#call, this.#drop), session, session.metrics.sent(name, 'flight'))
    if (!(await outlet.write(() => flightMessages(encoder.start())))) return
    let told = 0
    for await (const batch of tap) {
      const lost = tap.dropped_batches === told ? undefined : lossOf(tap)
      told = tap.dropped_batches
      if (!(await outlet.write(() => flightMessages(encoder.batch(batch), lost)))) return
      if (tap.batches >= limit) break
    }
    if (this.#call.cancelled) return
    if (tap.state === 'failed') throw fail('server_stream_failed', { stream: name })
    const trailer = new Metadata()
    for (const [key, value] of [['heatbath-state', tap.state], ['heatbath-dropped-batches', tap.dropped_batches], ['heatbath-dropped-rows', tap.dropped_rows]] as const) trailer.set(key, String(value))
    this.#call.end(trailer)
  }

  /** `destroy` would leave the client waiting. */
  #fail(failure: FlightFailure): void {
    if (!this.#call.cancelled) this.#call.emit('error', failure)
  }
}

/** A call, as an outlet writes to it: gRPC passes on later what it is given. */
const callPipe = (call: DoGet, drop: () => void): Pipe<Buffer> => ({
  events: call,
  gone: ['cancelled', 'close'],
  is_gone: () => call.cancelled,
  give: (data) => ({ has_room: call.write(data), bytes: data.length, waiting: data.length }),
  drop,
})

const lossOf = ({ dropped_batches, dropped_rows }: Tap): string => JSON.stringify({ dropped_batches, dropped_rows })
