import { describe, expect, it } from 'vitest'
import type { Draws } from '../../../../src/models/diagnostics/contract.ts'
import { essBulk, essTail } from '../../../../src/models/diagnostics/ess.ts'
import { mcseMean } from '../../../../src/models/diagnostics/mcse.ts'
import { rHat } from '../../../../src/models/diagnostics/r-hat.ts'
import { StreamedDraws } from '../../../../src/models/diagnostics/streaming/streamed-draws.ts'
import { seed } from '../../../statistics/checks.ts'
import { autoregressive, fed, spread } from '../chains.ts'

const mapped = (draws: Draws, f: (x: number, chain: number, t: number) => number): Draws =>
  ({ ...draws, values: draws.values.map((x, i) => f(x, Math.floor(i / draws.draws), i % draws.draws)) })
const figures = (draws: Draws) => fed(new StreamedDraws(draws.chains), draws).figures()

describe('StreamedDraws', () => {
  it('is exact for the first draws', () => {
    const all = mapped(autoregressive(1, 'first', 4, 500, 0.8), (x) => x ** 3)
    expect(figures(all)).toEqual({ r_hat: rHat(all), ess_bulk: essBulk(all), ess_tail: essTail(all), mcse: mcseMean(all) })
  })

  it('of too few draws, or of no chain, is NaN', () => {
    const none = { r_hat: NaN, ess_bulk: NaN, ess_tail: NaN, mcse: NaN }
    expect(figures(autoregressive(1, 'few', 4, 3, 0))).toEqual(none)
    expect(figures(mapped(autoregressive(1, 'lost', 4, 50, 0), () => NaN))).toEqual(none)
    expect(figures(mapped(autoregressive(1, 'lost', 4, 1000, 0), () => NaN))).toEqual(none)
  })

  // By its header and that of block-sums.ts; laws and shapes that the transform has to cope with.
  it.each([
    { law: 'normal', f: (x: number) => x, chains: 4, draws: 4000, phi: 0.5 },
    { law: 'normal', f: (x: number) => x, chains: 4, draws: 20_000, phi: 0.95 },
    { law: 'lognormal', f: (x: number) => Math.exp(1.5 * x), chains: 4, draws: 6000, phi: 0.7 },
    { law: 'cauchy', f: (x: number) => Math.sinh(3 * x), chains: 4, draws: 6000, phi: 0.7 },
    { law: 'discrete', f: (x: number) => Math.round(2 * x), chains: 4, draws: 6000, phi: 0.7 },
    { law: 'normal', f: (x: number) => x, chains: 64, draws: 1000, phi: 0.8 },
    { law: 'far', f: (x: number) => 1e6 + x, chains: 8, draws: 3000, phi: 0.8 },
  ])('is near the exact figures: $law, $chains chains of $draws, correlation $phi', ({ f, chains, draws, phi }) => {
    const runs = Array.from({ length: 8 }, (_, i) => {
      const all = mapped(autoregressive(seed(58), `near ${i}`, chains, draws, phi), f)
      const now = figures(all)
      const exact = { r_hat: rHat(all), ess_bulk: essBulk(all), ess_tail: essTail(all), mcse: mcseMean(all) }
      expect(Math.abs(now.r_hat - exact.r_hat), `r_hat ${now.r_hat} of ${exact.r_hat}`).toBeLessThan(Math.max(0.002, (exact.r_hat - 1) / 5))
      return { bulk: now.ess_bulk / exact.ess_bulk, tail: now.ess_tail / exact.ess_tail, mcse: now.mcse / exact.mcse }
    })
    for (const of of ['bulk', 'tail', 'mcse'] as const) {
      const { mean, sd } = spread(runs.map((run) => run[of]))
      expect(Math.abs(mean - 1), `${of}: mean ratio ${mean}`).toBeLessThan(0.1)
      expect(sd, `${of}: spread of the ratio`).toBeLessThan(0.15)
    }
  })

  it('sees chains that differ in place, and in spread', () => {
    const all = autoregressive(seed(59), 'apart', 4, 3000, 0.3)
    const place = mapped(all, (x, c) => (c === 3 ? x + 1 : x))
    const width = mapped(all, (x, c) => (c === 3 ? 3 * x : x))
    expect(figures(all).r_hat).toBeLessThan(1.01)
    for (const other of [place, width]) {
      expect(figures(other).r_hat).toBeGreaterThan(1.03)
      expect(figures(other).r_hat - 1).toBeCloseTo(rHat(other) - 1, 1)
    }
    expect(figures(place).ess_bulk / essBulk(place)).toBeLessThan(6)
    expect(figures(all).ess_bulk / figures(place).ess_bulk).toBeGreaterThan(30)
  })

  it('sees chains that part only after the first draws', () => {
    const all = mapped(autoregressive(seed(60), 'later', 4, 6000, 0.3), (x, c, t) => (t > 2000 && c < 2 ? x + 20 : x))
    expect(figures(all).r_hat).toBeGreaterThan(1.2)
    expect(figures(all).ess_bulk).toBeLessThan(50)
  })

  it('leaves a chain out from its first value that is not finite', () => {
    for (const draws of [200, 2000]) {
      const all = autoregressive(seed(61), 'broken', 5, draws, 0.5)
      const broken = mapped(all, (x, c, t) => (c === 2 && t === draws - 60 ? NaN : x))
      const without = { values: Float64Array.from([0, 1, 3, 4].flatMap((c) => [...all.values.subarray(c * draws, (c + 1) * draws)])), chains: 4, draws }
      expect(figures(broken).r_hat).toBeCloseTo(figures(without).r_hat, 2)
      expect(figures(broken).ess_bulk / figures(without).ess_bulk).toBeCloseTo(1, 1)
    }
  })

  it('of draws all alike counts them, and has no R̂', () => {
    expect(figures({ values: new Float64Array(8000).fill(3), chains: 4, draws: 2000 })).toEqual({ r_hat: NaN, ess_bulk: 8000, ess_tail: 8000, mcse: 0 })
  })

  it('does not keep the array that it is given', () => {
    const all = autoregressive(1, 'reused', 2, 40, 0)
    const stream = new StreamedDraws(2)
    const row = new Float64Array(2)
    for (let t = 0; t < 40; t++) {
      row.set([all.values[t] as number, all.values[40 + t] as number])
      stream.add(row)
    }
    expect(stream.figures().r_hat).toBe(rHat(all))
  })
})
