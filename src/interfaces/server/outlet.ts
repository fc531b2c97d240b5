/**
 * Writes to a client no faster than it takes, and no more than the run can spare.
 *
 * While its pipe is full, or it is the turn of others, nothing more is encoded; what a tap's client
 * misses meanwhile, its tap drops. A client that takes nothing for long is let go.
 */
import type { EventEmitter } from 'node:events'
import { Turns } from '../../streams/turns.ts'
import type { Session } from './session.ts'

/** What leads to a client. */
export interface Pipe<Piece> {
  /** Tells by `drain` that there is room again, and by `gone` that the client has left. */
  readonly events: EventEmitter
  readonly gone: readonly string[]
  is_gone(): boolean
  give(piece: Piece): Given
  /** Lets go of a client that takes nothing. */
  drop(): void
}

export interface Given {
  readonly has_room: boolean
  readonly bytes: number
  /** Bytes of them that the system has still to take. */
  readonly waiting: number
}

export class Outlet<Piece> {
  readonly #pipe: Pipe<Piece>
  readonly #session: Pick<Session, 'allowance' | 'limits'>
  readonly #sent: (bytes: number) => void
  readonly #turns = new Turns()

  /** `sent` counts what is sent. */
  constructor(pipe: Pipe<Piece>, session: Pick<Session, 'allowance' | 'limits'>, sent: (bytes: number) => void) {
    this.#pipe = pipe
    this.#session = session
    this.#sent = sent
  }

  /** What is encoded when it is this client's turn. False once the client has left. */
  async write(encode: () => Iterable<Piece>): Promise<boolean> {
    const { allowance, limits: { stall_ms } } = this.#session
    const pipe = this.#pipe
    await allowance.turn()
    let begun = performance.now()
    for (const piece of encode()) { // some are made only now
      if (pipe.is_gone()) return false
      const { has_room, bytes, waiting } = pipe.give(piece)
      this.#sent(bytes)
      allowance.spent(performance.now() - begun, waiting)
      if (!has_room && !(await drained(pipe, stall_ms))) return false
      await this.#turns.give()
      begun = performance.now()
    }
    return !pipe.is_gone()
  }
}

/** Resolves when there is room again: true; or when the client has left, or took too long and was let go: false. */
function drained(pipe: Pipe<never>, stallMs: number): Promise<boolean> {
  if (pipe.is_gone()) return Promise.resolve(false)
  return new Promise((resolve) => {
    const settle = (hasRoom: boolean) => (): void => {
      clearTimeout(timer)
      pipe.events.off('drain', room)
      for (const event of pipe.gone) pipe.events.off(event, gone)
      resolve(hasRoom)
    }
    const [room, gone] = [settle(true), settle(false)]
    const timer = setTimeout(() => pipe.drop(), stallMs).unref()
    pipe.events.once('drain', room)
    for (const event of pipe.gone) pipe.events.once(event, gone)
  })
}
