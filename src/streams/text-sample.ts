/** A bounded uniform sample of a stream of text, keyed as reservoir.ts is; nulls are left out. */
import type { Vector } from 'apache-arrow'
import type { Draws } from './draws.ts'
import { Places } from './reservoir.ts'

export class TextSample {
  /** How many texts there were. */
  count = 0
  readonly #texts: (string | null)[] = []
  readonly #places: Places

  constructor(capacity: number, draws: Draws) {
    this.#places = new Places(capacity, draws)
  }

  add(texts: Vector): void {
    this.count += texts.length - texts.nullCount
    this.#places.take(texts.length, (row, slot) => (this.#texts[slot] = texts.get(row) as string | null))
  }

  /** The sample, in no particular order. */
  values(): string[] {
    return this.#texts.filter((text) => text !== null)
  }
}
