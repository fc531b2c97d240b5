/**
 * Random numbers on the host: pure functions of (seed, site; row, slot), without any state.
 *
 * `row` counts rows (below 2^53), `slot` what is drawn for a row (below 2048). Threefry2x32-13, as
 * in the engine. Source: Salmon, Moraes, Dror & Shaw 2011, https://doi.org/10.1145/2063384.2063405
 */
import { streamKey } from '../engine/index.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from '../engine/rng/threefry.ts'
import { boxMullerOnHost } from '../engine/rng/normal.ts'

export interface Draws {
  /** Uniform in (0, 1), of 52 bits: neither end is ever drawn. */
  uniform(row: number, slot?: number): number
  /** An integer from 0 to `limit` - 1. */
  below(limit: number, row: number, slot?: number): number
  /** Two independent standard normal numbers. */
  normals(row: number, slot?: number): readonly [number, number]
}

/** `site` names what draws: its stream and operator. */
export function keyedDraws(seed: number, site: string): Draws {
  const key = streamKey(seed, site)
  const words = (row: number, slot: number): [number, number] =>
    threefry2x32(hostWords, key, [row | 0, (Math.floor(row / 2 ** 32) << 11) | slot], DRAW_ROUNDS)
  const uniform = (row: number, slot = 0): number => {
    const [high, low] = words(row, slot)
    return ((high >>> 0) * 2 ** 20 + (low >>> 12) + 0.5) * 2 ** -52
  }
  return {
    uniform,
    below: (limit, row, slot) => Math.floor(uniform(row, slot) * limit),
    normals: (row, slot = 0) => {
      const pair = words(row, slot)
      return [boxMullerOnHost(pair, 0), boxMullerOnHost(pair, 1)]
    },
  }
}
