import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ksDistance } from '../../../src/models/diagnostics/kolmogorov-smirnov.ts'

describe('ksDistance', () => {
  it('is the largest difference of two distribution functions', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }), (a, b) => {
      const at = (values: readonly number[], x: number): number => values.filter((value) => value <= x).length / values.length
      const expected = Math.max(...Array.from({ length: 10 }, (_, x) => Math.abs(at(a, x) - at(b, x))))
      expect(ksDistance(Float64Array.from(a).sort(), Float64Array.from(b).sort())).toBeCloseTo(expected, 12)
    }))
  })

  it('of no numbers is NaN', () => {
    expect(ksDistance(new Float64Array(0), Float64Array.of(1))).toBe(NaN)
  })
})
