/**
 * Writes to a client no faster than it takes, and no more than the run can spare.
 *
 * While the socket is full, or it is the turn of others, nothing more is encoded; what a tap's client
 * misses meanwhile, its tap drops. A client that takes nothing for long is let go.
 */
import type { ServerResponse } from 'node:http'
import { Turns } from '../../streams/turns.ts'
import type { Session } from './session.ts'

export class Outlet {
  readonly #response: ServerResponse
  readonly #session: Pick<Session, 'allowance' | 'limits'>
  readonly #sent: (bytes: number) => void
  readonly #turns = new Turns()

  /** `sent` counts what is sent. */
  constructor(response: ServerResponse, session: Pick<Session, 'allowance' | 'limits'>, sent: (bytes: number) => void) {
    this.#response = response
    this.#session = session
    this.#sent = sent
  }

  /** What is encoded when it is this client's turn. False once the client has left. */
  async write(encode: () => Iterable<Uint8Array | string>): Promise<boolean> {
    const { allowance, limits: { stall_ms } } = this.#session
    await allowance.turn()
    let begun = performance.now()
    for (const piece of encode()) {
      if (this.#response.destroyed) return false
      const bytes = Buffer.byteLength(piece)
      const hasRoom = this.#give(piece)
      this.#sent(bytes)
      allowance.spent(performance.now() - begun, Math.min(bytes, this.#response.socket?.writableLength ?? 0))
      if (!hasRoom && !(await drained(this.#response, stall_ms))) return false
      await this.#turns.give()
      begun = performance.now()
    }
    return !this.#response.destroyed
  }

  /** To the system, at once: left to itself, Node would do it later, when nobody looks at the clock. */
  #give(piece: Uint8Array | string): boolean {
    const { socket } = this.#response
    socket?.cork()
    const hasRoom = this.#response.write(piece)
    socket?.uncork()
    return hasRoom
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
