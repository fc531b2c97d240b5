/** Work in the event loop that lets others have their turn every few milliseconds. */

/** Longest stretch, in ms, for which one piece of work keeps the event loop to itself. */
const MAX_STRETCH_MS = 8

export class Turns {
  #since = performance.now()

  /** Waits for the others if it has been long enough; call it between pieces of work. */
  async give(): Promise<void> {
    if (performance.now() - this.#since <= MAX_STRETCH_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#since = performance.now()
  }
}
