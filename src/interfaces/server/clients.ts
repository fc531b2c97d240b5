/**
 * Who reads a stream or the events: so many at a time.
 * Errors: server_busy.
 */
import type { ServerResponse } from 'node:http'
import { fail } from '../../errors.ts'

export class Clients {
  readonly #most: number
  readonly #responses = new Set<ServerResponse>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#responses.size
  }

  /** A place until the response is closed. */
  enter(response: ServerResponse): void {
    if (this.#responses.size >= this.#most) throw fail('server_busy', { most: this.#most })
    this.#responses.add(response)
    response.once('close', () => this.#responses.delete(response))
  }
}
