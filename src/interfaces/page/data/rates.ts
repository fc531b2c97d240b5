/** How fast counters go, from what they were some seconds ago: steady, yet not late. */

/** Time over which a rate is taken, in s. */
const WINDOW_S = 4

export class Rates {
  readonly #seen = new Map<string, { readonly at: number; readonly value: number }[]>()

  /** Notes a counter; `at` is in s. */
  note(key: string, value: number, at: number): void {
    const seen = this.#seen.get(key) ?? []
    this.#seen.set(key, seen)
    seen.push({ at, value })
    while (seen.length > 2 && (seen[1]?.at as number) < at - WINDOW_S) seen.shift()
  }

  /** Per second; undefined until it was noted twice. */
  of(key: string): number | undefined {
    const seen = this.#seen.get(key)
    const [first, last] = [seen?.[0], seen?.at(-1)]
    if (first === undefined || last === undefined || last.at === first.at) return undefined
    return (last.value - first.value) / (last.at - first.at)
  }
}
