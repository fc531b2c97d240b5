/** Failures as gRPC tells them: a status, and a sentence with what to do. */
import { status } from '@grpc/grpc-js'
import type { Code } from '../../../errors.ts'
import { failureOf } from '../failures.ts'

const STATUS: Partial<Record<Code, status>> = {
  server_query: status.INVALID_ARGUMENT,
  tap_column_unknown: status.INVALID_ARGUMENT,
  server_token_wrong: status.UNAUTHENTICATED,
  server_host_refused: status.PERMISSION_DENIED,
  tap_stream_unknown: status.NOT_FOUND,
  server_stream_empty: status.NOT_FOUND,
  server_stream_failed: status.ABORTED,
  server_busy: status.RESOURCE_EXHAUSTED,
  server_schema_unknown: status.UNAVAILABLE,
  server_closing: status.UNAVAILABLE,
}

export interface FlightFailure {
  readonly code: status
  readonly details: string
}

/** `tell` learns of faults that are ours. */
export function flightFailure(error: unknown, tell: (error: unknown) => void): FlightFailure {
  const { code, message, hint } = failureOf(error, tell)
  return { code: STATUS[code] ?? status.INTERNAL, details: `${code}: ${message}. ${hint}` }
}
