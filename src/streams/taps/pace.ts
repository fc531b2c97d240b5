/**
 * For eyes: at most so many steps a second, each the newest when its time has come.
 *
 * A step goes out with all of its batches, those that are still to come too. While the client has
 * not taken what it got, its time does not come; at the end the newest goes out in any case, so that
 * the last that is seen is the last there is. Steps that are passed over are not lost: nobody asked
 * for them.
 */
import type { Emitted } from './emitted.ts'

export class Pace {
  readonly #pause: number
  readonly #give: (emitted: Emitted) => void
  readonly #isFree: () => boolean
  /** Batches of the newest step that has not gone out. */
  #newest: Emitted[] = []
  /** The last step that went out: what comes of it goes after it. */
  #passing: number | undefined
  #due = -Infinity
  #timer: NodeJS.Timeout | undefined

  /** `isFree` tells whether the client has taken all that it was given. */
  constructor(perSecond: number, give: (emitted: Emitted) => void, isFree: () => boolean) {
    this.#pause = 1000 / perSecond
    this.#give = give
    this.#isFree = isFree
  }

  offer(emitted: Emitted): void {
    if (emitted.first_step === this.#passing) return this.#give(emitted)
    if (emitted.first_step !== this.#newest[0]?.first_step) this.#newest = []
    this.#newest.push(emitted)
    this.look()
  }

  /** To be called when the client has taken something. */
  look(): void {
    if (this.#newest.length === 0 || !this.#isFree()) return
    const wait = this.#due - performance.now()
    if (wait <= 0) return this.flush()
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.look()
    }, wait).unref()
  }

  /** The newest goes out, whatever the time. */
  flush(): void {
    const [first] = this.#newest
    if (first === undefined) return
    this.#due = performance.now() + this.#pause
    this.#passing = first.first_step
    for (const emitted of this.#newest.splice(0)) this.#give(emitted)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#newest = []
  }
}
