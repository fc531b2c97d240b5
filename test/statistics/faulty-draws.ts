/**
 * Random numbers that can be spoiled for a while, for twins that draw wrongly (twins.ts).
 *
 * Stands in for src/engine/rng/draw.ts: `vi.mock` of that module with `faultyDraws`. It loads
 * nothing of the engine, which waits for it.
 */
import type * as Draws from '../../src/engine/rng/draw.ts'
import type { Tensor } from '../../src/engine/tf.ts'

/** What becomes of what was drawn. */
export type Faults = Partial<Record<'normal' | 'uniform', (drawn: Tensor) => Tensor>>

let faults: Faults = {}

/** The result of `make`, in which draws are spoiled. */
export function spoiled<T>(by: Faults, make: () => T): T {
  faults = by
  try {
    return make()
  } finally {
    faults = {}
  }
}

export function faultyDraws(draws: typeof Draws): typeof Draws {
  return {
    ...draws,
    normal: (...place) => faults.normal?.(draws.normal(...place)) ?? draws.normal(...place),
    uniform: (...place) => faults.uniform?.(draws.uniform(...place)) ?? draws.uniform(...place),
  }
}
