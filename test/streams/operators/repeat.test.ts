import type { RecordBatch } from 'apache-arrow'
import { concat, EMPTY, Observable, of, take, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Gate, gatesInForce, through } from '../../../src/streams/gates.ts'
import { fromPull } from '../../../src/streams/pull.ts'
import { repeat } from '../../../src/streams/operators/repeat.ts'
import { collected, ints, valuesOf } from '../batches.ts'
import { marbles } from '../marbles.ts'

const [a, b] = [ints(1), ints(2)]

describe('repeat', () => {
  it('subscribes again when an epoch has ended', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-b|', { a, b })
    expectObservable(source.pipe(repeat(2))).toBe('a-ba-b|', { a, b })
    expectSubscriptions(source.subscriptions).toBe(['^--!', '---^--!'])
  }))

  it('of 0 epochs never subscribes', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-b|', { a, b })
    expectObservable(source.pipe(repeat(0))).toBe('|')
    expectSubscriptions(source.subscriptions).toBe([])
  }))

  it('waits for a source that never ends', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a---', { a })
    expectObservable(source.pipe(repeat('infinite')), '^-----!').toBe('a---', { a })
    expectSubscriptions(source.subscriptions).toBe('^-----!')
  }))

  it('passes an error on and does not go on', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-#', { a })
    expectObservable(source.pipe(repeat(3))).toBe('a-#', { a })
    expectSubscriptions(source.subscriptions).toBe('^-!')
  }))

  it('ends after an epoch without rows, even if it is infinite', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('--|', { a })
    expectObservable(source.pipe(repeat('infinite'))).toBe('--|')
    expectSubscriptions(source.subscriptions).toBe('^-!')
    expectObservable(EMPTY.pipe(repeat('infinite'))).toBe('|')
  }))

  it('leaves its source when its subscriber does', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-b|', { a, b })
    expectObservable(source.pipe(repeat('infinite')), '^----!').toBe('a-ba--', { a, b })
    expectSubscriptions(source.subscriptions).toBe(['^--!', '---^-!'])
  }))

  it('reads a synchronous source many times without a deep stack', async () => {
    const batches = await collected(of(a, b).pipe(repeat(50_000)))
    expect(batches.length).toBe(100_000)
  })

  it('stops a synchronous source in the middle', async () => {
    let read = 0
    const source = new Observable<RecordBatch>((subscriber) => {
      for (let i = 0; i < 3 && !subscriber.closed; i++) {
        read++
        subscriber.next(ints(i))
      }
      subscriber.complete()
    })
    expect(valuesOf(await collected(source.pipe(repeat('infinite'), take(4))))).toEqual([0, 1, 2, 0])
    expect(read).toBe(4)
  })

  it('makes each subscription on behalf of the queues of the first', async () => {
    const gate = new Gate()
    const seen: unknown[] = []
    const source = concat(new Observable<never>((subscriber) => {
      seen.push(gatesInForce())
      subscriber.complete()
    }), fromPull(() => [ints(1)].values()))
    const stream = source.pipe(repeat(3))
    const gates = [gate]
    await new Promise<void>((resolve, reject) => through(gates, () => stream.subscribe({ complete: resolve, error: reject })))
    expect(seen).toEqual([gates, gates, gates])
    expect(seen[2]).toBe(gates) // the very list: others may come to it
  })

  it('gives the error of a later epoch', async () => {
    let epoch = 0
    const source = new Observable<RecordBatch>((subscriber) => (++epoch === 2 ? throwError(() => new Error('gone')) : of(a)).subscribe(subscriber))
    await expect(collected(source.pipe(repeat(3)))).rejects.toThrow('gone')
  })
})
