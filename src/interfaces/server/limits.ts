/** What one server puts up with. */

export interface Limits {
  /** Streams and events that are read at a time; 503 beyond. */
  readonly clients: number
  /** Sockets; those beyond are closed at once. */
  readonly connections: number
  readonly url_chars: number
  readonly header_bytes: number
  /** Time for the headers of a request to arrive, and for all of it. */
  readonly header_timeout_ms: number
  readonly request_timeout_ms: number
  /** Time that a connection stays open between requests. */
  readonly idle_ms: number
  /** Time that a client may take nothing of what waits for it, until it is let go. */
  readonly stall_ms: number
  /** Time between two signs of life on /events. */
  readonly heartbeat_ms: number
  /** Time for streams to end when the server closes. */
  readonly close_ms: number
}

export const LIMITS: Limits = {
  clients: 256,
  connections: 1024,
  url_chars: 4096,
  header_bytes: 16_384,
  header_timeout_ms: 10_000,
  request_timeout_ms: 15_000,
  idle_ms: 10_000,
  stall_ms: 300_000,
  heartbeat_ms: 15_000,
  close_ms: 1_000,
}
