import { describe, expect, it } from 'vitest'
import { effectiveSize } from '../../../../src/models/diagnostics/effective-size.ts'
import { LagWindow } from '../../../../src/models/diagnostics/streaming/lag-window.ts'
import { seed } from '../../../statistics/checks.ts'
import { autoregressive, fed } from '../chains.ts'

describe('LagWindow', () => {
  it.each([
    [4, 1000, 0], [4, 2000, 0.5], [1, 3000, 0.3], [8, 500, -0.6], [3, 40, 0.9], [2, 65, 0.9], [64, 300, 0.7],
  ])('is the exact effective size: %i chains of %i draws, correlation %f', (chains, draws, phi) => {
    const all = autoregressive(seed(55), 'lags', chains, draws, phi)
    expect(fed(new LagWindow(chains), all).ess() / effectiveSize(all)).toBeCloseTo(1, 9)
  })

  it('with more lags reaches as far, with too few says so', () => {
    const all = autoregressive(seed(56), 'lags', 4, 4000, 0.95)
    expect(fed(new LagWindow(4, 16), all).ess()).toBe(NaN)
    expect(fed(new LagWindow(4, 400), all).ess() / effectiveSize(all)).toBeCloseTo(1, 9)
  })

  it('counts draws that are all alike in full', () => {
    expect(fed(new LagWindow(2), { values: new Float64Array(40).fill(3), chains: 2, draws: 20 }).ess()).toBe(40)
  })
})
