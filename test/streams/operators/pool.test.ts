import { Float64, Int32, Utf8, type RecordBatch } from 'apache-arrow'
import { EMPTY, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../../src/engine/index.ts'
import type { OperatorContext } from '../../../src/streams/operators/contract.ts'
import { pool, poolOperator } from '../../../src/streams/operators/pool.ts'
import { collected, floats, ints, lists, objectsOf, table } from '../batches.ts'
import { bytesBatch } from '../image-batches.ts'
import { marbles } from '../marbles.ts'

describe('pool', () => {
  it('gives the rows of both, with the names of their streams, in order', async () => {
    const rows = objectsOf(await collected(of(floats({ x0: [1] }), floats({ x0: [2] })).pipe(pool(of(floats({ x0: [3, 4] })), { stream: 'samples', with: 'data' }))))
    expect(rows).toEqual([{ stream: 'samples', x0: 1 }, { stream: 'samples', x0: 2 }, { stream: 'data', x0: 3 }, { stream: 'data', x0: 4 }])
  })

  it('keeps the columns that both have, of the same type', async () => {
    const one = table({ a: [new Float64(), [1]], b: [new Int32(), [2]], c: [new Utf8(), ['x']] })
    const other = table({ c: [new Utf8(), ['y']], b: [new Float64(), [3]], a: [new Float64(), [4]], d: [new Float64(), [5]] })
    expect(objectsOf(await collected(of(one).pipe(pool(of(other)))))).toEqual([{ stream: 'stream', a: 1, c: 'x' }, { stream: 'other', a: 4, c: 'y' }])
  })

  it('keeps the names that rows have: several streams one after the other', async () => {
    const three = of(floats({ x0: [1] })).pipe(
      pool(of(floats({ x0: [2] })), { stream: 'a', with: 'b', column: 'from' }),
      pool(of(floats({ x0: [3] })), { stream: 'a', with: 'c', column: 'from' }),
    )
    expect(objectsOf(await collected(three))).toEqual([{ from: 'a', x0: 1 }, { from: 'b', x0: 2 }, { from: 'c', x0: 3 }])
  })

  it('keeps so many rows of each side at most, the same each time', async () => {
    const rows = (from: number, count: number) => of(floats({ x0: Array.from({ length: count }, (_, i) => from + i) }))
    const pooled = rows(0, 500).pipe(pool(rows(1000, 30), { rows: 20 }))
    const values = objectsOf(await collected(pooled)) as { stream: string; x0: number }[]
    expect(values.map(({ stream }) => stream)).toEqual([...Array<string>(20).fill('stream'), ...Array<string>(20).fill('other')])
    expect(new Set(values.map(({ x0 }) => x0)).size).toBe(40)
    expect(Math.max(...values.slice(0, 20).map(({ x0 }) => x0))).toBeGreaterThan(100)
    expect(objectsOf(await collected(pooled))).toEqual(values)
  })

  it('of streams without rows gives what there is', async () => {
    expect(objectsOf(await collected(of(floats({ x0: [1] })).pipe(pool(EMPTY))))).toEqual([{ stream: 'stream', x0: 1 }])
    expect(objectsOf(await collected(EMPTY.pipe(pool(of(floats({ x0: [1] }))))))).toEqual([{ stream: 'other', x0: 1 }])
    expect(await collected(EMPTY.pipe(pool(EMPTY)))).toEqual([])
  })

  it('names columns that are not in both', async () => {
    await expect(collected(of(floats({ a: [1] })).pipe(pool(of(floats({ b: [1] })))))).rejects.toMatchObject({ code: 'data_column', details: { column: 'a' } })
  })

  it('makes floats from 0 to 1 of images of bytes beside floats, on either side', async () => {
    const bytes = bytesBatch([[0, 51], [102, 255]], [1, 2])
    const pooled = async (one: RecordBatch, two: RecordBatch) => (await collected(of(one).pipe(pool(of(two))))).map(({ schema }) => [String(schema.fields[1]?.type), schema.fields[1]?.metadata.get('heatbath.shape')])
    expect(await pooled(bytes, lists([[0.5, 0.5]]))).toEqual([['FixedSizeList[2]<Float32>', '[1,2]']])
    expect(await pooled(bytes, bytes)).toEqual([['FixedSizeList[2]<Uint8>', '[1,2]']])
    const [both] = await collected(of(lists([[0.5, 0.5]])).pipe(pool(of(bytes))))
    expect([...both?.getChild('x') as Iterable<Iterable<number>>].map((row) => [...row].map((value) => Math.round(value * 255)))).toEqual([[128, 128], [0, 51], [102, 255]])
  })

  it('names a column that is in both, of two types', async () => {
    const drawn = table({ step: [new Int32(), [1]], x: [new Float64(), [0.5]] })
    await expect(collected(of(drawn).pipe(pool(of(ints(1)))))).rejects.toMatchObject({ details: { column: 'step' } })
    await expect(collected(of(drawn).pipe(pool(of(table({ x: [new Int32(), [1]] })))))).rejects.toMatchObject({ message: 'column x is Float64, and Int32 in the other stream' })
  })

  it('emits when both have ended, and leaves both', async () => {
    const [a, b] = [floats({ x0: [1] }), floats({ x0: [2] })]
    const [both] = await collected(of(a).pipe(pool(of(b))))
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [one, other] = [cold('a|', { a }), cold('---b|', { b })]
      expectObservable(one.pipe(pool(other))).toBe('----(x|)', { x: both as never })
      expectSubscriptions(one.subscriptions).toBe('^!')
      expectSubscriptions(other.subscriptions).toBe('^---!')
      const [early, late] = [cold('a---', { a }), cold('b---', { b })]
      expectObservable(early.pipe(pool(late)), '^-!').toBe('---')
      expectSubscriptions(early.subscriptions).toBe('^-!')
      expectSubscriptions(late.subscriptions).toBe('^-!')
      expectObservable(cold('a---', { a }).pipe(pool(cold('--#')))).toBe('--#')
    })
  })

  it('finds the other stream by its name', async () => {
    const context: OperatorContext = { seed: 1, stream: 'one', site: 'one', executor: undefined as unknown as Executor, stop: new AbortController().signal, model: () => { throw new Error('none') }, from: () => of(floats({ x0: [2] })) }
    expect(objectsOf(await collected(of(floats({ x0: [1] })).pipe(poolOperator({ with: 'two' }).build(context))))).toEqual([{ stream: 'one', x0: 1 }, { stream: 'two', x0: 2 }])
  })
})
