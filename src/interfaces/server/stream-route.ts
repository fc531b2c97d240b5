/**
 * /streams/NAME: the batches of a stream, for as long as it goes on.
 *
 * The answer begins when the schema is known. It ends with the stream, with the end mark that its
 * format has; trailers tell what was lost.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import { fail } from '../../errors.ts'
import type { Tap } from '../../streams/taps/index.ts'
import { acceptedFormat, FORMAT, type Encoder } from './formats.ts'
import { headersOf } from './headers.ts'
import { httpPipe } from './http-pipe.ts'
import { readQuery } from './query.ts'
import { Outlet } from './outlet.ts'
import type { Session } from './session.ts'

const TRAILERS = ['heatbath-state', 'heatbath-dropped-batches', 'heatbath-dropped-rows'] as const

export function streamRoute(session: Session): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const { hub, clients, limits: { stall_ms }, taps, metrics, tell } = session
  return async (request, reply) => {
    const { name } = request.params as { readonly name: string }
    const query = readQuery(request.query)
    const format = FORMAT[query.format ?? acceptedFormat(request.headers.accept)]
    const tap = hub.tap(name, query.tap)
    const response = reply.raw
    if (request.method === 'HEAD') {
      tap.close()
      return reply.type(format.type).send()
    }
    taps.add(tap)
    response.once('close', () => {
      tap.close()
      taps.delete(tap)
    })
    response.once('close', clients.enter())
    const schema = await tap.schema()
    if (schema === undefined && !response.destroyed) throw session.is_closing ? fail('server_closing') : fail('server_stream_empty', { stream: name })
    reply.hijack()
    if (schema === undefined || response.destroyed) return reply
    response.on('error', () => undefined) // the client has left: 'close' follows
    const isChunked = request.raw.httpVersion === '1.1'
    response.writeHead(200, { ...headersOf(reply), 'content-type': format.type, vary: 'accept, origin', ...(isChunked ? { trailer: TRAILERS.join(', ') } : {}) })
    await send(tap, format.encoder(schema), new Outlet(httpPipe(response), session, metrics.sent(name, 'http')), query.limit ?? Infinity).then(
      (isWhole) => isWhole && end(tap, response, stall_ms),
      (error: unknown) => {
        tell(error)
        response.destroy() // whoever reads must not take it for the end
      },
    )
    return reply
  }
}

/** False if the client left before the end. */
async function send(tap: Tap, encoder: Encoder, outlet: Outlet<Uint8Array | string>, limit: number): Promise<boolean> {
  if (!(await outlet.write(() => encoder.start()))) return false
  for await (const batch of tap) {
    if (!(await outlet.write(() => encoder.batch(batch)))) return false
    if (tap.batches >= limit) break
  }
  return outlet.write(() => encoder.end())
}

function end(tap: Tap, response: ServerResponse, stallMs: number): void {
  const values = [tap.state, tap.dropped_batches, tap.dropped_rows]
  response.addTrailers(TRAILERS.map((name, i) => [name, String(values[i])] as const))
  response.end()
  const timer = setTimeout(() => response.destroy(), stallMs).unref()
  response.once('close', () => clearTimeout(timer))
}
