import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { essMean } from '../../../../src/models/diagnostics/ess.ts'
import { BlockSums } from '../../../../src/models/diagnostics/streaming/block-sums.ts'
import { seed } from '../../../statistics/checks.ts'
import { allOf, autoregressive, fed, spread } from '../chains.ts'

/** What its header says, from all draws. */
function bySums(chains: readonly (readonly number[])[]): number {
  const n = (chains[0] as readonly number[]).length
  const draws = chains.length * n
  const mean = chains.flat().reduce((sum, x) => sum + x, 0) / draws
  const variance = chains.flat().reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws
  let [tau, isReached] = [NaN, false]
  for (let b = 4; 2 * b <= n && (b === 4 || Math.floor(n / b) * chains.length >= 6); b *= 2) {
    const sums = chains.map((chain) => Array.from({ length: Math.floor(n / b) }, (_, k) => chain.slice(k * b, (k + 1) * b).reduce((sum, x) => sum + x - mean, 0)))
    const blocks = sums.flat().length
    const c0 = sums.flat().reduce((sum, s) => sum + s * s, 0) / blocks
    const c1 = sums.flatMap((of) => of.slice(1).map((s, k) => s * (of[k] as number))).reduce((sum, p) => sum + p, 0) / (blocks - chains.length)
    const scaled = (c0 + 2 * c1) / (b * variance) / Math.max(0.5, 1 - (3 * b) / draws)
    tau = b === 4 ? scaled : Math.max(tau, isReached ? scaled / (1 + 5 * Math.sqrt(6 / blocks)) : scaled)
    isReached ||= b >= 2 * tau
  }
  return draws / Math.max(tau, 1 / Math.log10(draws))
}

describe('BlockSums', () => {
  it('is what its formula says, of the chains asked for', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 8, max: 90 }), fc.constantFrom(-0.6, 0, 0.7, 0.95), fc.nat())
    fc.assert(fc.property(shapes, ([chains, draws, phi, number]) => {
      const all = autoregressive(number, 'blocks', chains + 1, draws, phi)
      const which = allOf(all).slice(1)
      const rows = which.map((c) => [...all.values.subarray(c * draws, (c + 1) * draws)].map((x) => x + 0.3))
      const moved = { ...all, values: all.values.map((x) => x + 0.3) }
      expect(fed(new BlockSums(chains + 1), moved).ess(which) / bySums(rows)).toBeCloseTo(1, 8)
    }))
  })

  // By its header: bounds of the mean ratio to the exact form, and of its standard deviation, over runs.
  it.each([
    { chains: 4, draws: 2500, phi: 0, mean: 0.03, sd: 0.03 },
    { chains: 4, draws: 2500, phi: -0.5, mean: 0.06, sd: 0.06 },
    { chains: 4, draws: 5000, phi: 0.9, mean: 0.03, sd: 0.1 },
    { chains: 64, draws: 300, phi: 0.9, mean: 0.25, sd: 0.15 },
    { chains: 1, draws: 20_000, phi: 0.9, mean: 0.03, sd: 0.1 },
    { chains: 4, draws: 1000, phi: 0.95, mean: 0.25, sd: 0.4 },
  ])('is near the exact form: $chains chains of $draws, correlation $phi', ({ chains, draws, phi, ...bound }) => {
    const ratios = Array.from({ length: 16 }, (_, i) => {
      const all = autoregressive(seed(51), `near ${i}`, chains, draws, phi)
      return fed(new BlockSums(chains), all).ess(allOf(all)) / essMean(all)
    })
    const { mean, sd } = spread(ratios)
    expect(Math.abs(mean - 1), `mean ${mean}`).toBeLessThan(bound.mean)
    expect(sd).toBeLessThan(bound.sd)
  })

  it('of many chains shorter than their memory is near the truth, where the exact form is not', () => {
    const [chains, draws, phi] = [256, 200, 0.98]
    const truth = (chains * draws * (1 - phi)) / (1 + phi)
    const all = autoregressive(seed(52), 'short', chains, draws, phi)
    expect(fed(new BlockSums(chains), all).ess(allOf(all)) / truth).toBeLessThan(1.5)
    expect(fed(new BlockSums(chains), all).ess(allOf(all)) / truth).toBeGreaterThan(0.7)
  })

  it('falls where chains lie apart', () => {
    const all = autoregressive(seed(53), 'apart', 4, 1000, 0)
    const apart = { ...all, values: all.values.map((x, i) => x + 3 * Math.floor(i / 1000)) }
    expect(fed(new BlockSums(4), apart).ess([0, 1, 2, 3])).toBeLessThan(20)
    expect(fed(new BlockSums(4), apart).ess([2])).toBeGreaterThan(500)
  })

  it('counts draws that are all alike in full, and says nothing of fewer than eight', () => {
    const constant = { values: new Float64Array(60).fill(2.5), chains: 3, draws: 20 }
    expect(fed(new BlockSums(3), constant).ess([0, 1, 2])).toBe(60)
    expect(fed(new BlockSums(1), { values: Float64Array.of(1, 2, 3, 4, 5, 6, 7), chains: 1, draws: 7 }).ess([0])).toBe(NaN)
  })
})
