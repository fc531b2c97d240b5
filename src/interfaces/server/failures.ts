/**
 * Failures as JSON: a code, a sentence, what to do. No stack traces, nothing of the machine.
 */
import type { FastifyReply } from 'fastify'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { fail, HeatbathError, type Code } from '../../errors.ts'
import type { Limits } from './limits.ts'

const STATUS: Partial<Record<Code, number>> = {
  server_query: 400,
  server_request_malformed: 400,
  tap_column_unknown: 400,
  server_token_wrong: 401,
  server_host_refused: 403,
  server_origin_refused: 403,
  server_route_missing: 404,
  server_page_missing: 404,
  server_graph_missing: 404,
  server_landscape_missing: 404,
  tap_stream_unknown: 404,
  server_method: 405,
  server_not_acceptable: 406,
  server_request_slow: 408,
  server_stream_empty: 410,
  server_stream_failed: 410,
  server_url_long: 414,
  server_headers_large: 431,
  server_busy: 503,
  server_not_ready: 503,
  server_schema_unknown: 503,
  server_closing: 503,
}

/** Headers that some answers must have. */
const HEADERS: Partial<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  405: { allow: 'GET, HEAD' },
  503: { 'retry-after': '1' },
}

/** What went wrong, as far as it is told. `tell` learns of faults that are ours. */
export function failureOf(error: unknown, tell: (error: unknown) => void): HeatbathError {
  if (error instanceof HeatbathError && STATUS[error.code] !== undefined) return error
  tell(error)
  return fail('server_failed')
}

export function sendFailure(reply: FastifyReply, failure: HeatbathError): void {
  const status = STATUS[failure.code] ?? 500
  void reply.code(status).headers(HEADERS[status] ?? {}).type('application/json').send(body(failure))
}

/** For what never became a request: an answer on the bare socket. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket, { header_bytes }: Limits): void {
  if (!socket.writable || socket.bytesWritten > 0) return void socket.destroy() // within an answer, another would be taken for its body
  if (socket instanceof TLSSocket && socket.getFinished() === undefined) return void socket.destroy() // there is no secret yet to answer under
  const failure = CLIENT_ERRORS[error.code ?? '']?.(header_bytes) ?? fail('server_request_malformed')
  const status = STATUS[failure.code] ?? 400
  const text = body(failure)
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`)
}

const CLIENT_ERRORS: Readonly<Record<string, (headerBytes: number) => HeatbathError>> = {
  HPE_HEADER_OVERFLOW: (most) => fail('server_headers_large', { most }),
  ERR_HTTP_REQUEST_TIMEOUT: () => fail('server_request_slow'),
}
const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }

const body = ({ code, message, hint }: HeatbathError): string => JSON.stringify({ code, message, hint })
