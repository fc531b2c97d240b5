/** Answers under way: so that a server that closes waits for them, but not for connections without one. */
import type { Server, ServerResponse } from 'node:http'
import { Gate } from '../../streams/gates.ts'
import { patience, takenBy } from './patience.ts'

export class Answers {
  readonly #none = new Gate()
  readonly #responses = new Set<ServerResponse>()

  constructor(server: Server) {
    server.on('request', (_, response) => {
      this.#responses.add(response)
      this.#none.close()
      response.once('close', () => {
        this.#responses.delete(response)
        if (this.#responses.size === 0) this.#none.open()
      })
    })
  }

  /** Resolves when there are none, or when their readers have stopped reading for so many ms. */
  given(ms: number): Promise<void> {
    return patience(this.#none.opened(), () => [...this.#responses].reduce((sum, { socket }) => sum + takenBy(socket), 0), ms)
  }
}
