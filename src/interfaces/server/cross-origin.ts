/**
 * Pages of other sites: none, but those that were named when the server was started.
 *
 * A browser tells a page what we answer only if we name its origin; before it sends a token it asks
 * with OPTIONS whether it may.
 * Errors: server_origin_invalid.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { fail } from '../../errors.ts'

export class CrossOrigin {
  readonly #origins: ReadonlySet<string>

  /** Origins as browsers write them: https://lab.example, http://localhost:3000. */
  constructor(origins: readonly string[]) {
    for (const origin of origins) if (!URL.canParse(origin) || new URL(origin).origin !== origin) throw fail('server_origin_invalid', { origin })
    this.#origins = new Set(origins)
  }

  allows(origin: string | undefined): origin is string {
    return origin !== undefined && this.#origins.has(origin)
  }

  isPreflight({ method, headers }: IncomingMessage): boolean {
    return method === 'OPTIONS' && this.allows(headers.origin) && headers['access-control-request-method'] !== undefined
  }

  /** What a page of such an origin needs to be told; nothing to others. */
  headers({ headers: { origin } }: IncomingMessage): OutgoingHttpHeaders {
    if (!this.allows(origin)) return {}
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'authorization, last-event-id',
      'access-control-max-age': '600',
      'cross-origin-resource-policy': 'cross-origin',
    }
  }
}
