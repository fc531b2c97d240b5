/** Answers under way: so that a server that closes waits for them, but not for connections without one. */
import type { Server } from 'node:http'
import { Gate } from '../../streams/gates.ts'

export class Answers {
  readonly #none = new Gate()
  #count = 0

  constructor(server: Server) {
    server.on('request', (_, response) => {
      this.#count++
      this.#none.close()
      response.once('close', () => {
        if (--this.#count === 0) this.#none.open()
      })
    })
  }

  /** Resolves when there are none, or after so many ms. */
  given(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      void this.#none.opened().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
