import { describe, expect, it } from 'vitest'
import { splitRHat } from '../../../../src/models/diagnostics/r-hat.ts'
import { SplitMoments } from '../../../../src/models/diagnostics/streaming/split-moments.ts'
import { allOf, autoregressive, fed } from '../chains.ts'

/** Draws that are in whole blocks: those of a length that leaves 64 to 127 of them. */
function whole(draws: number): { readonly length: number; readonly used: number } {
  let length = 1
  while (Math.floor(draws / length) >= 128) length *= 2
  return { length, used: Math.floor(draws / length) * length }
}

describe('SplitMoments', () => {
  it.each([4, 5, 37, 127, 128, 129, 256, 1000, 1023, 5000])('gives the split R̂ of the draws in whole blocks, of %i', (draws) => {
    const all = autoregressive(3, 'split', 5, draws, 0.9)
    const { length, used } = whole(draws)
    const half = Math.floor(used / length / 2) * length
    // The middle block is left out of an odd number of them: not one draw, but all of its draws.
    const kept = allOf(all).slice(1).flatMap((c) => {
      const chain = [...all.values.subarray(c * draws, c * draws + used)]
      return [...chain.slice(0, half), ...chain.slice(used - half)]
    })
    const expected = splitRHat({ values: Float64Array.from(kept), chains: 4, draws: 2 * half })
    expect(fed(new SplitMoments(5), all).rHat([1, 2, 3, 4])).toBeCloseTo(expected, 10)
    expect(used / draws).toBeGreaterThanOrEqual(63 / 64)
  })

  it('of one chain, of too few draws or of draws all alike is NaN', () => {
    const all = autoregressive(3, 'split', 2, 50, 0)
    expect(fed(new SplitMoments(2), all).rHat([0])).toBe(NaN)
    expect(fed(new SplitMoments(2), { ...all, values: all.values.slice(0, 6), draws: 3 }).rHat([0, 1])).toBe(NaN)
    expect(fed(new SplitMoments(2), { ...all, values: all.values.map(() => 1) }).rHat([0, 1])).toBe(NaN)
  })
})
