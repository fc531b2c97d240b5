import { Field, Schema, Uint64 } from 'apache-arrow'
import fc from 'fast-check'
import { of, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Draws } from '../../../src/models/diagnostics/contract.ts'
import { eBfmi } from '../../../src/models/diagnostics/e-bfmi.ts'
import { essBulk, essTail } from '../../../src/models/diagnostics/ess.ts'
import { mcseMean } from '../../../src/models/diagnostics/mcse.ts'
import { rHat } from '../../../src/models/diagnostics/r-hat.ts'
import { listColumn, listType, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { HEALTH } from '../../../src/streams/arrow/schemas.ts'
import { diagnose } from '../../../src/streams/operators/diagnose.ts'
import { autoregressive as doubles } from '../../models/diagnostics/chains.ts'
import { collected, floats, objectsOf, particles, type ParticleStep } from '../batches.ts'
import { marbles } from '../marbles.ts'

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const sdOf = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1))
const reports = async (every: number, ...batches: ReturnType<typeof particles>[]) => objectsOf(await collected(of(...batches).pipe(diagnose(every))))
const steps = (count: number): ParticleStep[] => Array.from({ length: count }, (_, i) => ({ step: i + 1, x: { x0: [i, i + 1], x1: [-i, 2 * i] } }))

/** One variable x0, a batch for each step. */
const stepsOf = ({ values, chains, draws }: Draws) =>
  Array.from({ length: draws }, (_, t) => particles({ step: t + 1, x: { x0: Array.from({ length: chains }, (__, c) => values[c * draws + t] as number) } }))
/** As float32, which particles are. */
const autoregressive = (...args: Parameters<typeof doubles>): Draws => {
  const draws = doubles(...args)
  return { ...draws, values: Float32Array.from(draws.values) }
}
const firstDraws = ({ values, chains, draws }: Draws, count: number): Draws =>
  ({ chains, draws: count, values: values.filter((_, i) => i % draws < count) })

describe('diagnose', () => {
  it('gives mean and sd over all chains and steps, in the schema of health', async () => {
    const all = steps(5)
    const [x0, x1] = await reports(100, ...all.map((step) => particles(step)))
    const values = (name: string): number[] => all.flatMap(({ x }) => [...(x[name] as number[])])
    expect(x0).toMatchObject({ step: '5n', variable: 'x0', acceptance_rate: null, e_bfmi: null, num_divergent: '0n' })
    expect(x0?.mean).toBeCloseTo(meanOf(values('x0')), 12)
    expect(x0?.sd).toBeCloseTo(sdOf(values('x0')), 12)
    expect(x1?.mean).toBeCloseTo(meanOf(values('x1')), 12)
    expect(x1?.sd).toBeCloseTo(sdOf(values('x1')), 12)
    const [batch] = await collected(of(particles(...all)).pipe(diagnose(1)))
    expect(batch?.schema.fields.map(String)).toEqual(HEALTH.fields.map(String))
  })

  it('reports after every n steps and at the end', async () => {
    expect((await reports(2, ...steps(5).map((step) => particles(step)))).map(({ step, variable }) => [step, variable])).toEqual(
      [['2n', 'x0'], ['2n', 'x1'], ['4n', 'x0'], ['4n', 'x1'], ['5n', 'x0'], ['5n', 'x1']],
    )
  })

  it('does not depend on how steps lie in batches', async () => {
    const together = await reports(2, particles(...steps(5)))
    const apart = await reports(2, ...steps(5).map((step) => particles(step)))
    const blocks = await reports(2, ...steps(5).flatMap(({ step, x }) => [0, 1].map((c) => particles({ step, x: { x0: [x.x0?.[c] as number], x1: [x.x1?.[c] as number] } }))))
    for (const other of [together, blocks]) {
      expect(other.map(({ step, variable }) => [step, variable])).toEqual(apart.map(({ step, variable }) => [step, variable]))
      other.forEach((row, i) => expect(row.sd).toBeCloseTo(apart[i]?.sd as number, 10))
    }
  })

  it('agrees with two passes over any numbers', async () => {
    const values = fc.array(fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 9 }), { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(values, fc.integer({ min: -1000, max: 1000 }), async (rows, shift) => {
      const shifted = rows.map((row) => row.map((value) => Math.fround(value + 1e6 * shift)))
      const [row] = await reports(100, ...shifted.map((x0, i) => particles({ step: i, x: { x0 } })))
      const all = shifted.flat()
      expect(row?.mean as number).toBeCloseTo(meanOf(all), 3)
      expect(Math.abs((row?.sd as number) - sdOf(all))).toBeLessThanOrEqual(1e-9 * (Math.abs(meanOf(all)) + sdOf(all)))
    }), { numRuns: 100 })
  })

  it('leaves divergent values out of the means, and counts them', async () => {
    const [row] = await reports(100,
      particles({ step: 1, x: { x0: [1, NaN, 3] }, is_divergent: [false, true, false] }),
      particles({ step: 2, x: { x0: [Infinity, NaN, 5] }, is_divergent: [true, true, false] }))
    expect(row).toMatchObject({ mean: 3, sd: 2, num_divergent: '3n' })
  })

  it('gives the share of accepted transitions, nulls left out', async () => {
    const [row] = await reports(100,
      particles({ step: 1, x: { x0: [1, 2, 3] }, is_accepted: [true, false, null] }),
      particles({ step: 2, x: { x0: [1, 2, 3] }, is_accepted: [true, true, true] }))
    expect(row?.acceptance_rate).toBeCloseTo(4 / 5, 12)
  })

  it('prefers the mean of the sampler\'s own acceptance rate', async () => {
    const [row] = await reports(100, particles({ step: 1, x: { x0: [1, 2] }, is_accepted: [true, true], acceptance_rate: [0.25, 0.75] }))
    expect(row?.acceptance_rate).toBeCloseTo(0.5, 12)
  })

  it('takes a list column as one variable', async () => {
    const schema = new Schema([new Field('step', new Uint64(), false), new Field('x', listType(3), false)])
    const batch = recordBatch(schema, 2, [uint64Column(BigUint64Array.of(1n, 1n)), listColumn(Float32Array.of(1, 2, 3, 4, 5, 6), 3)])
    const rows = await reports(1, batch.slice(0, 1), batch.slice(1, 2))
    expect(rows.at(-1)).toMatchObject({ step: '1n', variable: 'x', mean: 3.5 })
    expect(rows.find(({ variable }) => variable === 'x')?.sd).toBeCloseTo(sdOf([1, 2, 3, 4, 5, 6]), 12)
  })

  it('of one value has no sd', async () => {
    expect(await reports(1, particles({ step: 1, x: { x0: [2] } }))).toMatchObject([{ mean: 2, sd: null }])
  })

  it('needs steps', async () => {
    await expect(reports(1, floats({ x0: [1] }))).rejects.toMatchObject({ code: 'data_column', message: 'column step is not there; the batch has x0' })
  })

  it('gives R̂, effective sizes and the error of the mean: the exact ones while draws are few', async () => {
    const all = autoregressive(1, 'diagnose', 4, 200, 0.6)
    const [first, last] = await reports(100, ...stepsOf(all))
    for (const [row, draws] of [[first, 100], [last, 200]] as const) {
      const exact = firstDraws(all, draws)
      expect(row?.r_hat).toBeCloseTo(rHat(exact), 10)
      expect(row?.ess_bulk).toBeCloseTo(essBulk(exact), 6)
      expect(row?.ess_tail).toBeCloseTo(essTail(exact), 6)
      expect(row?.mcse).toBeCloseTo(mcseMean(exact), 10)
    }
  })

  it('follows some of many chains, and scales to all', async () => {
    const all = autoregressive(2, 'diagnose', 200, 40, 0.6)
    const [row] = objectsOf(await collected(of(...stepsOf(all)).pipe(diagnose(100, 50))))
    const followed = { ...all, chains: 50, values: Float64Array.from({ length: 50 * 40 }, (_, i) => all.values[Math.floor(i / 40) * 4 * 40 + (i % 40)] as number) }
    expect(row?.r_hat).toBeCloseTo(rHat(followed), 10)
    expect(row?.ess_bulk).toBeCloseTo(4 * essBulk(followed), 5)
    expect(row?.mcse).toBeCloseTo(mcseMean(followed) / 2, 10)
  })

  it('goes by the numbers of chains, whichever batch or place they have, and leaves out those that stay away', async () => {
    const all = autoregressive(3, 'diagnose', 5, 60, 0.3)
    const without = { ...all, chains: 4, values: all.values.slice(60) }
    const orders = [[3, 1, 4, 2], [4, 3, 2, 1], [1, 2, 3, 4]]
    const shuffled = stepsOf(all).map((_, t) => {
      const chain = t === 0 ? [0, 1, 2, 3, 4] : (orders[t % 3] as number[])
      return particles({ step: t + 1, chain, x: { x0: chain.map((c) => all.values[c * 60 + t] as number) } })
    })
    const [row] = await reports(100, ...shuffled)
    expect(row?.r_hat).toBeCloseTo(rHat(without), 10)
    const parts = stepsOf(without).flatMap((_, t) => [[0, 1], [2, 3]].map((chain) => particles({ step: t + 1, chain, x: { x0: chain.map((c) => without.values[c * 60 + t] as number) } })))
    expect((await reports(100, ...parts))[0]?.r_hat).toBeCloseTo(rHat(without), 10)
  })

  it('gives null where there are too few steps or chains to tell', async () => {
    expect((await reports(1, ...steps(3).map((step) => particles(step))))[0]).toMatchObject({ mcse: null, r_hat: null, ess_bulk: null, ess_tail: null })
    const [row] = await reports(100, ...stepsOf(autoregressive(4, 'diagnose', 1, 50, 0)))
    expect(row).toMatchObject({ r_hat: null })
    expect(row?.ess_bulk).toBeGreaterThan(10)
  })

  it('gives the worst of a list', async () => {
    const [a, b] = [autoregressive(5, 'a', 3, 50, 0.9), autoregressive(5, 'b', 3, 50, 0)]
    const schema = new Schema([new Field('step', new Uint64(), false), new Field('x', listType(3), false)])
    const batches = Array.from({ length: 50 }, (_, t) => recordBatch(schema, 3, [
      uint64Column(new BigUint64Array(3).fill(BigInt(t))),
      listColumn(Float32Array.from([0, 1, 2].flatMap((c) => [a.values[c * 50 + t] as number, b.values[c * 50 + t] as number, 1])), 3),
    ]))
    const row = (await reports(100, ...batches)).find(({ variable }) => variable === 'x')
    expect(row?.r_hat).toBeCloseTo(Math.max(rHat(a), rHat(b)), 5)
    expect(row?.ess_bulk).toBeCloseTo(Math.min(essBulk(a), essBulk(b)), 3)
    expect(row?.mcse).toBeCloseTo(Math.max(mcseMean(a), mcseMean(b)), 5)
  })

  it('gives the smallest E-BFMI where the total energy of every step is known', async () => {
    const energies = autoregressive(6, 'energies', 3, 80, 0.5)
    const batch = (t: number, step: number) => particles({ step, x: { x0: [1, 2, 3] }, total_energy: [0, 1, 2].map((c) => energies.values[c * 80 + t] as number) })
    const times = Array.from({ length: 80 }, (_, t) => t)
    expect((await reports(100, ...times.map((t) => batch(t, t + 1))))[0]?.e_bfmi).toBeCloseTo(Math.min(...eBfmi(energies)), 5)
    expect((await reports(100, ...times.map((t) => batch(t, 2 * t))))[0]?.e_bfmi).toBe(null)
  })

  it('reports in time, and leaves in time', async () => {
    const [a, b, c] = [1, 2, 3].map((step) => particles({ step, x: { x0: [step, step] } }))
    const [first] = await collected(of(a as never, b as never).pipe(diagnose(1), take(1)))
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|', { a: a as never, b: b as never, c: c as never })
      expectObservable(source.pipe(diagnose(1)), '^--!').toBe('--x', { x: first as never })
      expectSubscriptions(source.subscriptions).toBe('^--!')
    })
  })
})
