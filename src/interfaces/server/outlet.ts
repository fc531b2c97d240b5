/**
 * Writes to a client no faster than it takes.
 *
 * While the socket is full nothing more is encoded; what a tap's client misses meanwhile, its tap
 * drops. A client that takes nothing for long is let go.
 */
import type { ServerResponse } from 'node:http'
import { Turns } from '../../streams/turns.ts'

export class Outlet {
  readonly #response: ServerResponse
  readonly #stallMs: number
  readonly #sent: (bytes: number) => void
  readonly #turns = new Turns()

  /** `sent` counts what is sent. */
  constructor(response: ServerResponse, stallMs: number, sent: (bytes: number) => void) {
    this.#response = response
    this.#stallMs = stallMs
    this.#sent = sent
  }

  /** False once the client has left. */
  async write(pieces: Iterable<Uint8Array | string>): Promise<boolean> {
    for (const piece of pieces) {
      if (this.#response.destroyed) return false
      this.#sent(Buffer.byteLength(piece))
      if (!this.#response.write(piece) && !(await drained(this.#response, this.#stallMs))) return false
      await this.#turns.give()
    }
    return !this.#response.destroyed
  }
}

/** Resolves when there is room again: true; or when the client has left, or took too long and was let go: false. */
function drained(response: ServerResponse, stallMs: number): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false)
  return new Promise((resolve) => {
    const settle = (hasRoom: boolean) => (): void => {
      clearTimeout(timer)
      response.off('drain', room)
      response.off('close', gone)
      resolve(hasRoom)
    }
    const [room, gone] = [settle(true), settle(false)]
    const timer = setTimeout(() => response.destroy(), stallMs).unref()
    response.once('drain', room).once('close', gone)
  })
}
