import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalQuantile } from '../../../../src/models/diagnostics/normal-quantile.ts'
import { normalScores } from '../../../../src/models/diagnostics/normal-scores.ts'
import { NormalTransform } from '../../../../src/models/diagnostics/streaming/normal-transform.ts'
import { distributionP, expectAgreement, expectRejection, seed } from '../../../statistics/checks.ts'
import { normalCdf } from '../../../statistics/probability.ts'
import { autoregressive } from '../chains.ts'

const mapped = (sample: ArrayLike<number>, values: ArrayLike<number>): Float64Array => {
  const into = Float64Array.from(values)
  new NormalTransform(Float64Array.from(sample).sort()).map(into, into)
  return into
}

describe('NormalTransform', () => {
  it('gives the scores of a small sample itself', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }), (sample) => {
      const values = Float64Array.from(sample)
      const { values: scores } = normalScores({ values, chains: 1, draws: sample.length })
      mapped(sample, sample).forEach((z, i) => expect(z).toBeCloseTo(scores[i] as number, 12))
    }))
  })

  it('increases, beyond the sample too', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 300 }), fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 2 }), (sample, values) => {
      const ascending = [...values].sort((a, b) => a - b)
      mapped(sample, ascending).forEach((z, i, all) => expect(z).toBeGreaterThanOrEqual((all[i - 1] ?? -Infinity) - 1e-9))
    }))
  })

  it('makes further draws of any law normal', () => {
    const normal = autoregressive(seed(54), 'transform', 1, 22_000, 0).values
    const skewed = normal.map((x) => Math.exp(2 * x))
    const z = mapped(skewed.subarray(0, 20_000), skewed.subarray(20_000))
    expectAgreement('transformed draws', distributionP(z, normalCdf))
    expectRejection('draws as they are', distributionP(skewed.subarray(20_000), normalCdf))
  })

  it('grows as a logarithm beyond the sample, from the slope at its end', () => {
    const sample = [0, 1, 2, 3]
    const [end, before, after, far] = mapped(sample, [3, 2.999, 3.001, 1e9]) as unknown as [number, number, number, number]
    expect(end).toBeCloseTo(normalQuantile((4 - 3 / 8) / 4.25), 12)
    expect((after - end) / (end - before)).toBeCloseTo(1, 3)
    expect(far).toBeLessThan(25)
  })
})
