/** Steps at a rate: the newest when its time has come, whole, and the last one in any case. */
import type { RecordBatch } from 'apache-arrow'
import { Subject } from 'rxjs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Emitted } from '../../../src/streams/taps/emitted.ts'
import { Hub } from '../../../src/streams/taps/index.ts'
import { Pace } from '../../../src/streams/taps/pace.ts'
import { particles, stepOf } from './particles.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Steps 0, 1, ..., each in so many batches, through a pace of 10 a second. */
function paced(groups = 1): { readonly seen: number[]; readonly client: { isFree: boolean }; readonly pace: Pace; step(step: number): void } {
  const seen: number[] = []
  const client = { isFree: true }
  const pace = new Pace(10, ({ first_step }) => void seen.push(first_step), () => client.isFree)
  const batches = [...particles({ chains: 4, steps: 1, groups })]
  return { seen, client, pace, step: (step) => batches.forEach((batch) => pace.offer(new Emitted(batch, step, 1))) }
}

test('the first at once, then the newest of each pause', () => {
  const { seen, step } = paced()
  for (let i = 0; i < 100; i++) {
    step(i)
    vi.advanceTimersByTime(9)
  }
  expect(seen).toEqual([0, 11, 22, 33, 44, 55, 66, 77, 88, 99])
})

test('a step goes out with all of its batches, also those that come later', () => {
  const { seen, step, pace } = paced(3)
  step(0)
  step(1)
  step(2)
  vi.advanceTimersByTime(100)
  expect(seen).toEqual([0, 0, 0, 2, 2, 2])
  const [late] = [...particles({ chains: 4, steps: 1 })]
  pace.offer(new Emitted(late as RecordBatch, 2, 1))
  expect(seen).toEqual([0, 0, 0, 2, 2, 2, 2])
})

test('while the client has something to take nothing is added', () => {
  const { seen, step, client, pace } = paced()
  client.isFree = false
  for (let i = 0; i < 5; i++) {
    step(i)
    vi.advanceTimersByTime(100)
  }
  expect(seen).toEqual([])
  client.isFree = true
  pace.look()
  expect(seen).toEqual([4])
})

test('at the end the newest goes out, whatever the time; closed, nothing does', () => {
  const { seen, step, pace } = paced()
  step(0)
  step(1)
  pace.flush()
  expect(seen).toEqual([0, 1])
  step(2)
  pace.close()
  vi.advanceTimersByTime(1000)
  pace.flush()
  expect(seen).toEqual([0, 1])
  expect(vi.getTimerCount()).toBe(0)
})

test('a tap at a rate sees the first and the last, and counts nothing as lost', async () => {
  vi.useRealTimers()
  const hub = new Hub()
  const batches$ = new Subject<RecordBatch>()
  hub.watch('particles', batches$)
  const tap = hub.tap('particles', { rate: 1 })
  const seen: number[] = []
  const done = (async () => {
    for await (const batch of tap) seen.push(stepOf(batch))
  })()
  for (const batch of particles({ chains: 3, steps: 500 })) {
    batches$.next(batch)
    await Promise.resolve()
  }
  batches$.complete()
  await done
  expect([seen[0], seen.at(-1)]).toEqual([1, 500])
  expect(seen.length).toBeLessThan(5)
  expect(tap).toMatchObject({ dropped_batches: 0, dropped_rows: 0 })
  expect(hub.streams()[0]).toMatchObject({ dropped_batches: 0 })
})
