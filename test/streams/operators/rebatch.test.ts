import { Utf8 } from 'apache-arrow'
import fc from 'fast-check'
import { of, Subject, take } from 'rxjs'
import type { RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { rebatch } from '../../../src/streams/operators/rebatch.ts'
import { repeat } from '../../../src/streams/operators/repeat.ts'
import { batchesOf, rowsOf } from '../arrow/arbitrary-batches.ts'
import { collected, ints, rangeBatches, table, valuesOf } from '../batches.ts'
import { marbles } from '../marbles.ts'

describe('rebatch', () => {
  it('cuts and joins batches as they come', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-b-(c|)', { a: ints(1, 2, 3), b: ints(4), c: ints(5, 6) })
    expectObservable(source.pipe(rebatch(2))).toBe('x-y-(z|)', { x: ints(1, 2), y: ints(3, 4), z: ints(5, 6) })
    expectSubscriptions(source.subscriptions).toBe('^---!')
  }))

  it('emits several batches of a large one', () => marbles(({ cold, expectObservable }) => {
    expectObservable(cold('a---|', { a: ints(1, 2, 3, 4, 5) }).pipe(rebatch(2))).toBe('(xy)|', { x: ints(1, 2), y: ints(3, 4) })
  }))

  it('drops what remains, or keeps it', () => marbles(({ cold, expectObservable }) => {
    const source = cold('a|', { a: ints(1, 2, 3) })
    expectObservable(source.pipe(rebatch(2, 'drop'))).toBe('x|', { x: ints(1, 2) })
    expectObservable(source.pipe(rebatch(2, 'keep'))).toBe('x(y|)', { x: ints(1, 2), y: ints(3) })
  }))

  it('stops within a batch when its subscriber has enough', async () => {
    expect(valuesOf(await collected(of(ints(1, 2, 3, 4, 5, 6)).pipe(rebatch(2), take(2))))).toEqual([1, 2, 3, 4])
  })

  it('takes what comes while it emits', () => {
    const source = new Subject<RecordBatch>()
    const seen: unknown[] = []
    source.pipe(rebatch(2)).subscribe((batch) => {
      seen.push(valuesOf([batch]))
      if (seen.length === 1) source.next(ints(5, 6, 7))
    })
    source.next(ints(1, 2, 3, 4))
    expect(seen).toEqual([[1, 2], [3, 4], [5, 6]])
  })

  it('carries rows over from epoch to epoch', async () => {
    expect(valuesOf(await collected(of(ints(1, 2, 3)).pipe(repeat(2), rebatch(4))))).toEqual([1, 2, 3, 1])
  })

  it('gives whole batches without copying them', async () => {
    const batch = ints(1, 2, 3, 4)
    const [first] = await collected(of(batch).pipe(rebatch(2)))
    expect((first?.data.children[0]?.values as Int32Array).buffer).toBe((batch.data.children[0]?.values as Int32Array).buffer)
  })

  it('reports batches of another schema through the stream', async () => {
    await expect(collected(of(ints(1), table({ v: [new Utf8(), ['a']] })).pipe(rebatch(2)))).rejects.toMatchObject({ code: 'stream_schema' })
  })

  it('keeps all rows in order, whatever they are', async () => {
    await fc.assert(fc.asyncProperty(batchesOf(['int32', 'utf8', 'list']), fc.integer({ min: 1, max: 20 }), async (batches, rows) => {
      const cut = await collected(of(...batches).pipe(rebatch(rows, 'keep')))
      expect(cut.flatMap(rowsOf)).toEqual(batches.flatMap(rowsOf))
      expect(cut.slice(0, -1).every(({ numRows }) => numRows === rows)).toBe(true)
    }), { numRuns: 50 })
  })

  it('has no remainder where rows divide evenly', async () => {
    const cut = await collected(of(...rangeBatches(0, 12, 5)).pipe(rebatch(4, 'keep')))
    expect(cut.map(({ numRows }) => numRows)).toEqual([4, 4, 4])
  })
})
