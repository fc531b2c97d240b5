import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meanAutocovariance } from '../../../src/models/diagnostics/autocovariance.ts'
import { betaQuantile } from '../../../src/models/diagnostics/beta-quantile.ts'
import { normalQuantile } from '../../../src/models/diagnostics/normal-quantile.ts'

describe('meanAutocovariance', () => {
  it('is the mean over chains of the sum that defines it', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 40 }))
    fc.assert(fc.property(shapes.chain(([chains, draws]) => fc.tuple(fc.constant(chains), fc.array(fc.integer({ min: -50, max: 50 }), { minLength: chains * draws, maxLength: chains * draws }))), ([chains, values]) => {
      const draws = values.length / chains
      const expected = Array.from({ length: draws }, (_, t) => {
        let sum = 0
        for (let c = 0; c < chains; c++) {
          const chain = values.slice(c * draws, (c + 1) * draws)
          const mean = chain.reduce((total, value) => total + value, 0) / draws
          for (let i = 0; i + t < draws; i++) sum += ((chain[i] as number) - mean) * ((chain[i + t] as number) - mean)
        }
        return sum / draws / chains
      })
      meanAutocovariance({ values: Float64Array.from(values), chains, draws }).forEach((value, t) => expect(value).toBeCloseTo(expected[t] as number, 8))
    }))
  })
})

describe('normalQuantile', () => {
  // scipy.special.ndtri
  it.each([[0.5, 0], [0.975, 1.959963984540054], [0.05, -1.6448536269514729], [1e-4, -3.719016485455709], [1e-20, -9.262340089798408], [1 - 1e-9, 5.997807019601637], [1e-300, -37.0470962993612]])('of %f is %f', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 12)
  })
})

describe('betaQuantile', () => {
  // scipy.stats.beta.ppf
  it.each([[0.5, 1, 1, 0.5], [0.1586553, 2, 3, 0.18530113734156411], [0.8413447, 50.5, 1e4, 0.005727632054461015], [0.1586553, 5e5, 5e5, 0.49950000009519446]])('at %f of (%f, %f) is %f', (p, a, b, expected) => {
    expect(betaQuantile(p, a, b)).toBeCloseTo(expected, 12)
  })
})
