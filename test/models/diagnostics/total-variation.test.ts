import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { totalVariation } from '../../../src/models/diagnostics/total-variation.ts'

const sample = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 })

describe('totalVariation', () => {
  it('is the largest difference of the shares of a set of categories', () => {
    fc.assert(fc.property(sample, sample, (a, b) => {
      const share = (values: readonly string[], set: number): number => values.filter((value) => ((set >> 'abcd'.indexOf(value)) & 1) === 1).length / values.length
      const expected = Math.max(...Array.from({ length: 16 }, (_, set) => Math.abs(share(a, set) - share(b, set))))
      expect(totalVariation(a, b)).toBeCloseTo(expected, 12)
    }))
  })

  it('is 0 of equal shares, 1 without a category in both, NaN of nothing', () => {
    expect(totalVariation(['a', 'b', 'b'], ['b', 'a', 'b', 'a', 'b', 'b'])).toBe(0)
    expect(totalVariation(['a'], ['b', 'c'])).toBe(1)
    expect(totalVariation([], ['a'])).toBe(NaN)
  })
})
