/** What all parts of one server share. */
import type { Hub, Tap } from '../../streams/taps/index.ts'
import type { Allowance } from './allowance.ts'
import type { Clients } from './clients.ts'
import type { Events } from './events.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Page } from './page.ts'
import type { ServedPipeline } from './served-pipeline.ts'

export interface Session {
  readonly run: { readonly name: string; readonly run_id: string; readonly folder: string; readonly pipeline?: ServedPipeline }
  /** When the server began, on the clock of `performance`. */
  readonly began: number
  readonly hub: Hub
  readonly limits: Limits
  readonly clients: Clients
  /** What those who read streams may take of the processors. */
  readonly allowance: Allowance
  readonly events: Events
  readonly metrics: Metrics
  readonly page: Page
  /** Taps under way: the server ends them when it closes. */
  readonly taps: Set<Tap>
  /** Where Arrow Flight is spoken. */
  flight?: string
  /** A phase has begun. */
  is_ready: boolean
  is_closing: boolean
  /** Learns of faults that are ours. */
  readonly tell: (error: unknown) => void
}
