/** Of steps and chains a tap gives those that it is asked for, whenever it begins. */
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { float32Column, recordBatch } from '../../../src/streams/arrow/columns.ts'
import { copyBatches } from '../../../src/streams/arrow/rows.ts'
import { scrambled, threshold } from '../../../src/streams/taps/chains.ts'
import { particles, rowsOf, stepOf, xOf } from './particles.ts'
import { started, taken, tapped } from './tapped.ts'

describe('every', () => {
  test('is each n-th step, whatever batches steps come in', async () => {
    const steps = { chains: 12, steps: 9 }
    for (const batches of [particles(steps), particles({ ...steps, groups: 3 }), [copyBatches([...particles({ ...steps, groups: 3 })])]]) {
      const { seen } = await tapped(batches, { every: 4 })
      expect(seen.flatMap(rowsOf)).toEqual([...particles(steps)].flatMap(rowsOf).filter(({ step }) => step % 4 === 1))
    }
  })

  test('is each n-th batch of a stream without steps', async () => {
    const schema = new Schema([new Field('x', new Float32(), false)])
    const { seen } = await tapped(Array.from({ length: 7 }, (_, i) => recordBatch(schema, 1, [float32Column(Float32Array.of(i))])), { every: 3 })
    expect(seen.map((batch) => batch.getChild('x')?.get(0) as number)).toEqual([0, 3, 6])
  })

  test('counts from the first step of the run: late clients see the same steps', async () => {
    const { hub, batches$ } = started()
    const seen: RecordBatch[][] = []
    const done: Promise<unknown>[] = []
    for (const [i, batch] of [...particles({ chains: 2, steps: 30 })].entries()) {
      if (i === 0 || i === 11) done.push(taken(hub.tap('particles', { every: 5 })).then((batches) => seen.push(batches)))
      batches$.next(batch)
    }
    batches$.complete()
    await Promise.all(done)
    expect(seen.map((batches) => batches.map(stepOf)).sort((a, b) => b.length - a.length)).toEqual([[1, 6, 11, 16, 21, 26], [11, 16, 21, 26]])
  })
})

describe('rows', () => {
  test('are exactly so many chains, the same ones in each step, from the first', async () => {
    for (const groups of [1, 4]) {
      const { seen } = await tapped(particles({ chains: 1000, steps: 6, groups }), { rows: 50 })
      const chains = [1, 2, 3, 4, 5, 6].map((step) => seen.flatMap(rowsOf).filter((row) => row.step === step).map(({ chain }) => chain))
      expect(chains[0]).toHaveLength(50)
      for (const others of chains) expect(others).toEqual(chains[0])
      for (const { step, chain, x } of seen.flatMap(rowsOf)) expect(x).toBe(xOf(step, chain))
    }
  })

  test('are the same chains for a client that comes late', async () => {
    const { hub, batches$ } = started()
    const all = [...particles({ chains: 300, steps: 9, groups: 3 })]
    const early = hub.tap('particles', { rows: 7 })
    all.slice(0, 20).forEach((batch) => batches$.next(batch))
    const late = hub.tap('particles', { rows: 7, from: 'latest' })
    all.slice(20).forEach((batch) => batches$.next(batch))
    batches$.complete()
    const [a, b] = [(await taken(early)).flatMap(rowsOf), (await taken(late)).flatMap(rowsOf)]
    const last = (rows: typeof a): number[] => rows.filter(({ step }) => step === 9).map(({ chain }) => chain)
    expect(last(a)).toHaveLength(7)
    expect(last(b)).toEqual(last(a))
  })

  test('a single step is chosen from when the stream ends', async () => {
    const { seen } = await tapped(particles({ chains: 100, steps: 1, groups: 2 }), { rows: 10 })
    expect(seen.flatMap(rowsOf)).toHaveLength(10)
  })

  test('in a stream without chains are so many rows of each batch', async () => {
    const schema = new Schema([new Field('x', new Float32(), false)])
    const { seen } = await tapped([100, 5, 100].map((n) => recordBatch(schema, n, [float32Column(Float32Array.from({ length: n }, (_, i) => i))])), { rows: 8 })
    expect(seen.map(({ numRows }) => numRows)).toEqual([8, 5, 8])
    expect([...(seen[2]?.getChild('x') ?? [])]).toEqual([...(seen[0]?.getChild('x') ?? [])])
  })

  test('together with every and columns', async () => {
    const all = copyBatches([...particles({ chains: 100, steps: 10, groups: 2 })])
    const { seen } = await tapped([all.slice(0, 333), all.slice(333, 1000)], { rows: 10, every: 3, columns: ['chain', 'step'] })
    expect(seen[0]?.schema.names).toEqual(['chain', 'step'])
    const chosen = seen.flatMap((batch) => batch.toArray().map((row) => [Number(row.step), row.chain] as const))
    expect(chosen).toHaveLength(40)
    expect([...new Set(chosen.map(([step]) => step))]).toEqual([1, 4, 7, 10])
    expect(new Set(chosen.map(([, chain]) => chain)).size).toBe(10)
  })

  test('are chosen exactly, and a smaller choice lies in a larger one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (chains, rows) => {
      const limit = threshold(chains, rows)
      let chosen = 0
      for (let chain = 0; chain < chains; chain++) if (scrambled(chain) <= limit) chosen++
      expect(chosen).toBe(Math.min(chains, rows))
      expect(threshold(chains, rows + 1)).toBeGreaterThanOrEqual(limit)
    }))
  })

  test('are spread evenly: each tenth of the chains has its share', () => {
    const limit = threshold(100_000, 10_000)
    const shares = Array.from({ length: 10 }, (_, tenth) => {
      let chosen = 0
      for (let i = 0; i < 10_000; i++) if (scrambled(tenth * 10_000 + i) <= limit) chosen++
      return chosen
    })
    for (const share of shares) expect(Math.abs(share - 1000)).toBeLessThan(5 * 30) // fixed numbers: five standard deviations of a fair draw
  })
})
