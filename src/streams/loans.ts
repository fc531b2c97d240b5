/**
 * Arrays of which several hold some at a time: what one lets go of stays as long as another has it on loan.
 *
 * A sampling takes seconds, and whoever trains the model replaces its arrays meanwhile.
 */
import { DeviceArray, leaves, type Executor } from '../engine/index.ts'

/** Arrays for a while, a tree of them. */
export interface Loan {
  readonly arrays: unknown
  /** To be called once, when no program reads them any more. */
  giveBack(): void
}

/** Of a subject that has no arrays. */
export const nothingLent = (arrays?: unknown): Loan => ({ arrays, giveBack: () => undefined })

/** The arrays of one executor. */
export class Loans {
  readonly #executor: Executor
  /** How often an array is on loan. */
  readonly #lent = new Map<DeviceArray, number>()
  /** Those that their owner has let go of. */
  readonly #left = new Set<DeviceArray>()

  constructor(executor: Executor) {
    this.#executor = executor
  }

  lend(arrays: unknown): Loan {
    const lent = leaves<DeviceArray>(arrays)
    for (const array of lent) this.#lent.set(array, (this.#lent.get(array) ?? 0) + 1)
    return { arrays, giveBack: () => this.#take(lent) }
  }

  /** From their owner: they are not wanted any more. */
  release(arrays: readonly DeviceArray[]): void {
    for (const array of arrays) if (this.#lent.has(array)) this.#left.add(array)
    this.#executor.release(arrays.filter((array) => !this.#lent.has(array)))
  }

  #take(arrays: readonly DeviceArray[]): void {
    for (const array of arrays) {
      const others = (this.#lent.get(array) ?? 1) - 1
      if (others > 0) this.#lent.set(array, others)
      else this.#lent.delete(array)
    }
    const free = arrays.filter((array) => !this.#lent.has(array) && this.#left.delete(array))
    this.#executor.release(free)
  }
}
