import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { of, Subject, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Gate, through } from '../../../src/streams/gates.ts'
import { fromPull } from '../../../src/streams/pull.ts'
import { repeat } from '../../../src/streams/operators/repeat.ts'
import { shuffle } from '../../../src/streams/operators/shuffle.ts'
import { countsP, expectAgreement, expectRejection, seed } from '../../statistics/checks.ts'
import { batchesOf, rowsOf } from '../arrow/arbitrary-batches.ts'
import { collected, ints, rangeBatches, valuesOf } from '../batches.ts'

const shuffled = async (rows: number, size: number, buffer: number, options = {}): Promise<number[]> =>
  valuesOf(await collected(of(...rangeBatches(0, rows, size)).pipe(shuffle(buffer, options)))) as number[]

describe('shuffle', () => {
  it('gives each row exactly once', async () => {
    await fc.assert(fc.asyncProperty(batchesOf(['int32', 'utf8', 'fixed_list', 'dictionary']), fc.integer({ min: 1, max: 60 }), fc.nat(), async (batches, buffer, seedOf) => {
      const rows = (all: readonly RecordBatch[]): string[] => all.flatMap(rowsOf).map((row) => JSON.stringify(row)).sort()
      expect(rows(await collected(of(...batches).pipe(shuffle(buffer, { seed: seedOf }))))).toEqual(rows(batches))
    }), { numRuns: 60 })
  })

  it('emits batches of the size of its input, and the rest in the largest size there was', async () => {
    const sizes = (await collected(of(...rangeBatches(0, 95, 10)).pipe(shuffle(25)))).map(({ numRows }) => numRows)
    expect(sizes).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5])
  })

  it('is a pure function of seed and stream', async () => {
    const one = await shuffled(100, 7, 30, { seed: 1, stream: 'a' })
    expect(await shuffled(100, 7, 30, { seed: 1, stream: 'a' })).toEqual(one)
    expect(await shuffled(100, 7, 30, { seed: 2, stream: 'a' })).not.toEqual(one)
    expect(await shuffled(100, 7, 30, { seed: 1, stream: 'b' })).not.toEqual(one)
  })

  it('orders each epoch before it differently', async () => {
    const all = valuesOf(await collected(of(...rangeBatches(0, 50, 10)).pipe(repeat(2), shuffle(50))))
    expect([...all].sort()).toEqual([...Array.from({ length: 50 }, (_, i) => i), ...Array.from({ length: 50 }, (_, i) => i)].sort())
    expect(all.slice(0, 50)).not.toEqual(all.slice(50))
  })

  it('never holds more than its buffer and one batch', async () => {
    let [read, written, most] = [0, 0, 0]
    const source = fromPull(function* () {
      for (const batch of rangeBatches(0, 1000, 13)) {
        read += batch.numRows
        yield batch
        most = Math.max(most, read - written)
      }
    })
    await new Promise<void>((resolve, reject) => source.pipe(shuffle(100)).subscribe({ next: ({ numRows }) => (written += numRows), complete: resolve, error: reject }))
    expect(written).toBe(1000)
    expect(most).toBeLessThanOrEqual(113)
  })

  it('of a buffer of one row keeps batches in order, their rows shuffled', async () => {
    const all = await shuffled(40, 4, 1)
    expect(Array.from({ length: 10 }, (_, i) => all.slice(4 * i, 4 * i + 4).sort((a, b) => a - b))).toEqual(Array.from({ length: 10 }, (_, i) => [0, 1, 2, 3].map((j) => 4 * i + j)))
  })

  it('with a buffer for all rows is a uniform permutation', async () => {
    // All 24 orders of four rows, over 24 000 seeds; then where each of 16 rows comes out.
    const counts = new Map<string, number>()
    const first = Array.from({ length: 16 }, () => 0)
    for (let i = 0; i < 24_000; i++) {
      const order = (await shuffled(4, 2, 4, { seed: seed(1) + i })).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    for (let i = 0; i < 8000; i++) {
      const order = await shuffled(16, 5, 16, { seed: seed(2) + i })
      first[order.indexOf(3)] = (first[order.indexOf(3)] as number) + 1
    }
    expectAgreement('orders of four rows', countsP([...counts.values(), ...new Array<number>(24 - counts.size).fill(0)], new Array<number>(24).fill(1 / 24)))
    expectAgreement('place of a row among 16', countsP(first, new Array<number>(16).fill(1 / 16)))
  })

  it('with a small buffer is not, and the check sees it', async () => {
    const place = Array.from({ length: 16 }, () => 0)
    for (let i = 0; i < 500; i++) {
      const order = await shuffled(16, 1, 12, { seed: i })
      place[order.indexOf(15)] = (place[order.indexOf(15)] as number) + 1
    }
    expectRejection('place of the last row', countsP(place, new Array<number>(16).fill(1 / 16)))
  })

  it('stops a synchronous source when its subscriber has enough', async () => {
    expect(valuesOf(await collected(of(...rangeBatches(0, 100, 1)).pipe(shuffle(5), take(3)))).length).toBe(3)
  })

  it('takes what comes while it emits', async () => {
    const source = new Subject<RecordBatch>()
    const seen: unknown[] = []
    const end = new Promise<void>((resolve) => source.pipe(shuffle(1)).subscribe({
      next: (batch) => {
        seen.push(...valuesOf([batch]))
        if (seen.length === 1) source.next(ints(3))
      },
      complete: resolve,
    }))
    source.next(ints(1))
    source.next(ints(2))
    source.complete()
    await end
    expect(seen.sort()).toEqual([1, 2, 3])
  })

  it('gives the rest only while the gates are open', async () => {
    const gate = new Gate()
    gate.close()
    const seen: RecordBatch[] = []
    const end = new Promise<void>((resolve) => through([gate], () => of(...rangeBatches(0, 30, 10)).pipe(shuffle(100)).subscribe({ next: (batch) => seen.push(batch), complete: resolve })))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen.length).toBe(0)
    gate.open()
    await end
    expect(seen.length).toBe(3)
  })

  it('shuffles 60 000 images at 200 000 rows per second or more', async () => {
    const { mnist } = await import('../../../src/streams/sources/mnist.ts')
    const digits = mnist({ split: 'train' }).open({ folder: import.meta.dirname, seed: 0, stream: 'training' })
    const rate = async (): Promise<number> => {
      const begin = performance.now()
      const batches = await collected(digits.rows$.pipe(shuffle(60_000)))
      expect(batches.reduce((sum, { numRows }) => sum + numRows, 0)).toBe(60_000)
      return 60_000 / (performance.now() - begin) * 1000
    }
    const rates = [await rate(), await rate(), await rate()]
    expect(Math.max(...rates)).toBeGreaterThan(200_000)
  })
})
