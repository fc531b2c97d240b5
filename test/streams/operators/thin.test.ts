import { Int32, Uint8 } from 'apache-arrow'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { thin } from '../../../src/streams/operators/thin.ts'
import { collected, ints, particles, rangeBatches, table, valuesOf } from '../batches.ts'
import { marbles } from '../marbles.ts'

const step = (number: number, chains = 3) => particles({ step: number, x: { x0: Array.from({ length: chains }, (_, i) => number + i) } })

describe('thin', () => {
  it('keeps every n-th step, counted as they come', async () => {
    const steps = await collected(of(...[10, 20, 30, 40, 50, 60, 70].map((number) => step(number, 1))).pipe(thin(3)))
    expect(valuesOf(steps, 'step')).toEqual([30n, 60n])
  })

  it('counts a step in several batches once', async () => {
    const blocks = [1, 2, 3, 4].flatMap((number) => [step(number), step(number)])
    expect(valuesOf(await collected(of(...blocks).pipe(thin(2))), 'step')).toEqual([2n, 2n, 2n, 2n, 2n, 2n, 4n, 4n, 4n, 4n, 4n, 4n])
  })

  it('picks steps out of a batch that holds several', async () => {
    const batch = particles(...[1, 2, 3, 4, 5].map((number) => ({ step: number, x: { x0: [number, -number] } })))
    expect(valuesOf(await collected(of(batch, step(6)).pipe(thin(2))), 'step')).toEqual([2n, 2n, 4n, 4n, 6n, 6n, 6n])
  })

  it('keeps every n-th row where there are no steps', async () => {
    expect(valuesOf(await collected(of(...rangeBatches(1, 21, 3)).pipe(thin(4))))).toEqual([4, 8, 12, 16, 20])
  })

  it('passes batches on as they are when it keeps them whole', async () => {
    const batch = step(1)
    expect((await collected(of(batch).pipe(thin(1))))[0]).toBe(batch)
  })

  it('takes steps of 32 bits, and refuses others', async () => {
    expect(valuesOf(await collected(of(table({ step: [new Int32(), [1, 2, 3, 4]] })).pipe(thin(2))), 'step')).toEqual([2, 4])
    await expect(collected(of(table({ step: [new Uint8(), [1]] })).pipe(thin(2)))).rejects.toMatchObject({ code: 'data_column' })
    await expect(collected(of(table({ step: [new Int32(), [1, null]] })).pipe(thin(2)))).rejects.toMatchObject({ code: 'data_column' })
  })

  it('counts anew in each subscription', async () => {
    const stream = of(ints(1, 2, 3)).pipe(thin(2))
    expect(valuesOf(await collected(stream))).toEqual([2])
    expect(valuesOf(await collected(stream))).toEqual([2])
  })

  it('emits in time, and leaves in time', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-b-c-d|', { a: ints(1), b: ints(2), c: ints(3), d: ints(4) })
    expectObservable(source.pipe(thin(2)), '^---!').toBe('--b', { b: ints(2) })
    expectSubscriptions(source.subscriptions).toBe('^---!')
  }))
})
