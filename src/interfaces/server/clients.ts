/**
 * Who reads a stream or the events: so many at a time.
 * Errors: server_busy.
 */
import { fail } from '../../errors.ts'

export class Clients {
  readonly #most: number
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A place; what is returned gives it back. */
  enter(): () => void {
    if (this.#count >= this.#most) throw fail('server_busy', { most: this.#most })
    this.#count++
    let isHere = true
    return () => {
      if (isHere) this.#count--
      isHere = false
    }
  }
}
