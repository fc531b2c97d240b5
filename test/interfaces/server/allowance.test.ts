/** How much of the processors those who watch get: little where the run takes all, at once; much where something is left over. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Allowance } from '../../../src/interfaces/server/allowance.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A machine of two processors, of which a run takes `busy`, and clients who take all that they get. */
class World {
  busy = 2
  #now = 0
  #served = 0
  #looked = { at: 0, served: 0 }
  readonly #allowance = new Allowance({
    now: () => this.#now,
    load: () => {
      const taken = (this.#served - this.#looked.served) / Math.max(1, this.#now - this.#looked.at)
      this.#looked = { at: this.#now, served: this.#served }
      return { thread: Math.min(1, this.busy / 2 + taken), idle_processors: Math.max(0, 2 - this.busy - taken), own_processors: Math.min(2, this.busy + taken) }
    },
  })

  constructor(clients: number) {
    for (let i = 0; i < clients; i++) void this.#client()
  }

  /** The ms that clients got in so many. */
  async pass(ms: number): Promise<number> {
    const before = this.#served
    for (let i = 0; i < ms; i++) {
      this.#now++
      await vi.advanceTimersByTimeAsync(1)
    }
    return this.#served - before
  }

  async #client(): Promise<void> {
    for (;;) {
      await this.#allowance.turn()
      this.#allowance.spent(0.5, 0)
      this.#served += 0.5
    }
  }
}

describe.each([1, 20])('%d clients', (clients) => {
  it('get a fortieth of what a run takes that leaves nothing over', async () => {
    const world = new World(clients)
    await world.pass(1000)
    expect(await world.pass(4000)).toBeLessThanOrEqual(4000 * 0.025 + 5)
    expect(await world.pass(4000)).toBeGreaterThan(4000 * 0.02) // and are not left to starve
  })

  it('get most of what is left over', async () => {
    const world = new World(clients)
    world.busy = 0.4
    await world.pass(3000)
    const got = await world.pass(3000)
    expect(got / 3000).toBeGreaterThan(0.25)
    expect(got / 3000).toBeLessThan(0.35) // a fifth of the main thread is the run's, and half stays free
  })

  it('give it back at once when the run wants it', async () => {
    const world = new World(clients)
    world.busy = 0.2
    await world.pass(3000)
    world.busy = 2
    expect(await world.pass(1000)).toBeLessThan(250)
  })
})
