/** Rows and other values as record batches: types, order, and when they are handed on. */
import { tableFromArrays, type RecordBatch } from 'apache-arrow'
import { concat, EMPTY, lastValueFrom, NEVER, of, range, Subject, throwError, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { toBatches } from '../../src/streams/to-batches.ts'
import { particles } from './taps/particles.ts'

const batchesOf = (...values: readonly unknown[]): Promise<RecordBatch[]> => lastValueFrom(of(...values).pipe(toBatches(), toArray()))
const rows = (batches: readonly RecordBatch[]): unknown[] => batches.flatMap((batch) => batch.toArray().map((row) => row?.toJSON() as unknown))

test('a column for each key, nulls where one is missing', async () => {
  const [batch] = await batchesOf({ a: 1, b: 'x' }, { a: null, c: true }, { b: 'y', d: 5n, e: Float32Array.of(1, 2) })
  expect(batch?.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual(['a Float64', 'b Utf8', 'c Bool', 'd Int64', 'e FixedSizeList[2]<Float32>'])
  expect(rows([batch as RecordBatch]).map((row) => ({ ...row as object, e: undefined }))).toEqual([
    { a: 1, b: 'x', c: null, d: null, e: undefined }, { a: null, b: null, c: true, d: null, e: undefined }, { a: null, b: 'y', c: null, d: 5n, e: undefined },
  ])
  expect([...(batch?.getChild('e')?.get(2) as Iterable<number>)]).toEqual([1, 2])
})

test('of one turn of the event loop are one batch, of at most 1024 rows', async () => {
  const batches = await lastValueFrom(range(0, 2500).pipe(toBatches(), toArray()))
  expect(batches.map(({ numRows }) => numRows)).toEqual([1024, 1024, 452])
  expect(rows(batches)).toEqual(Array.from({ length: 2500 }, (_, value) => ({ value })))
})

test('are handed on when the event loop turns, not at the end', async () => {
  const source$ = new Subject<unknown>()
  const seen: number[] = []
  source$.pipe(toBatches()).subscribe(({ numRows }) => seen.push(numRows))
  source$.next({ a: 1 })
  source$.next([{ a: 2 }, { a: 3 }])
  expect(seen).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(seen).toEqual([3])
})

test('record batches and tables keep their place among them', async () => {
  const [one] = particles({ chains: 2, steps: 1 })
  const table = tableFromArrays({ z: Float32Array.of(1, 2, 3) })
  const batches = await batchesOf({ a: 1 }, one, table, { a: 2 })
  expect(batches.map(({ schema: { names } }) => names)).toEqual([['a'], one?.schema.names, ['z'], ['a']])
  expect(batches[1]).toBe(one)
})

test.each([
  [[{ a: 1 }, { a: 'x' }], 'column a has values of the types Float64 and Utf8'],
  [[{ a: [1, 2] }, { a: [1, 2, 3] }], 'column a has values of the types FixedSizeList[2]<Float64> and FixedSizeList[3]<Float64>'],
  [[{ a: new Map() }], 'column a has a value that no column takes: Map'],
  [[{ a: { b: 1 } }], 'column a has a value that no column takes: Object'],
  [[...Array.from({ length: 1024 }, () => ({ a: 1 })), { a: 1, b: 2 }], 'column b was not there in the first rows'],
])('%# is refused', async (values, message) => {
  await expect(batchesOf(...values)).rejects.toMatchObject({ code: 'data_column', message })
})

test('empty, never, failing and left', async () => {
  expect(await lastValueFrom(EMPTY.pipe(toBatches(), toArray()))).toEqual([])
  const failing = concat(of({ a: 1 }), throwError(() => new Error('no')))
  const seen: unknown[] = []
  await new Promise<void>((resolve) => failing.pipe(toBatches()).subscribe({ next: (batch) => seen.push(batch.numRows), error: (error: Error) => resolve(void seen.push(error.message)) }))
  expect(seen).toEqual([1, 'no'])
  let emitted = 0
  concat(of({ a: 1 }), NEVER).pipe(toBatches()).subscribe(() => emitted++).unsubscribe()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(emitted).toBe(0)
})
