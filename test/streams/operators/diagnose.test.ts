import { Field, Schema, Uint64 } from 'apache-arrow'
import fc from 'fast-check'
import { of, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { listColumn, listType, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { HEALTH } from '../../../src/streams/arrow/schemas.ts'
import { diagnose } from '../../../src/streams/operators/diagnose.ts'
import { collected, floats, objectsOf, particles, type ParticleStep } from '../batches.ts'
import { marbles } from '../marbles.ts'

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const sdOf = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1))
const reports = async (every: number, ...batches: ReturnType<typeof particles>[]) => objectsOf(await collected(of(...batches).pipe(diagnose(every))))
const steps = (count: number): ParticleStep[] => Array.from({ length: count }, (_, i) => ({ step: i + 1, x: { x0: [i, i + 1], x1: [-i, 2 * i] } }))

describe('diagnose', () => {
  it('gives mean and sd over all chains and steps, in the schema of health', async () => {
    const all = steps(5)
    const [x0, x1] = await reports(100, ...all.map((step) => particles(step)))
    const values = (name: string): number[] => all.flatMap(({ x }) => [...(x[name] as number[])])
    expect(x0).toMatchObject({ step: '5n', variable: 'x0', mcse: null, r_hat: null, ess_bulk: null, ess_tail: null, acceptance_rate: null, num_divergent: '0n' })
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

  it('takes about a nanosecond a value', async () => {
    const chains = 50_000
    const x = Object.fromEntries(['x0', 'x1', 'x2', 'x3'].map((name) => [name, Array.from({ length: chains }, (_, i) => Math.sin(i))]))
    const batches = Array.from({ length: 40 }, (_, i) => i)
    const template = particles({ step: 1, x })
    const schema = template.schema
    const made = batches.map((step) => recordBatch(schema, chains, [uint64Column(new BigUint64Array(chains).fill(BigInt(step))), ...template.data.children.slice(1)]))
    const times: number[] = []
    for (let run = 0; run < 5; run++) {
      const begin = performance.now()
      await collected(of(...made).pipe(diagnose(10)))
      times.push((performance.now() - begin) * 1e6 / (batches.length * chains * 4))
    }
    expect(Math.min(...times)).toBeLessThan(4)
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
