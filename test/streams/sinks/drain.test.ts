import type { RecordBatch, Schema } from 'apache-arrow'
import { concatMap, filter, from, map, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { FanOut } from '../../../src/streams/fan-out.ts'
import { fromPull } from '../../../src/streams/pull.ts'
import { drain, type DrainOptions } from '../../../src/streams/sinks/drain.ts'
import type { StreamSink } from '../../../src/streams/sinks/contract.ts'
import { particles, PARTICLES } from './rows.ts'

const BATCHES = particles(1, 4)
const context = { folder: '/', name: 'samples', origin: {} }
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A sink that takes so many ms for a batch, and notes what happens to it. */
function slow(ms: number, failsAt = Infinity) {
  const log: string[] = []
  const state = { rows: 0, batches: 0, log, schema: undefined as Schema | undefined }
  const sink: StreamSink = {
    takes: 'stream',
    async open(schema) {
      state.schema = schema
      log.push('open')
      await pause(1)
      return {
        async write(batch) {
          if (state.batches === failsAt) throw new Error('the sink is full')
          if (ms > 0) await pause(ms)
          state.batches++
          state.rows += batch.numRows
        },
        async commit() {
          log.push('commit')
          await pause(1)
          return { num_rows: state.rows }
        },
        async abort() {
          log.push('abort')
          await pause(1)
        },
      }
    },
  }
  return { sink, state }
}

/** So many batches, as fast as they are asked for. */
function source(count: number) {
  const state = { pulled: 0, most_ahead: 0, closed: 0 }
  const batches$ = fromPull(function* () {
    try {
      for (; state.pulled < count; state.pulled++) yield BATCHES[0] as RecordBatch
    } finally {
      state.closed++
    }
  })
  return { state, batches$ }
}

/** Drains, and says how full the queue was. */
async function drained(batches$: Observable<RecordBatch>, sink: StreamSink, options: DrainOptions = {}) {
  let queue: { readonly high_water: number } | undefined
  const written = await drain(batches$, sink, context, { ...options, watch: (watched) => (queue = watched) })
  return { written, high_water: queue?.high_water ?? 0 }
}

describe('a sink that is slower than its source', () => {
  test('gets every batch, and no more than its queue holds wait', async () => {
    const { batches$, state } = source(100)
    const { sink, state: end } = slow(3)
    let ahead = 0
    const watched$ = batches$.pipe(map((batch) => {
      ahead = Math.max(ahead, state.pulled - end.batches)
      return batch
    }))
    const { written, high_water } = await drained(watched$, sink, { capacity: 4 })
    expect(written).toEqual({ num_rows: 400 })
    expect(end.log).toEqual(['open', 'commit'])
    expect(high_water).toBe(4)
    expect(ahead).toBeLessThanOrEqual(5) // those that wait, and the one that is being written
  })

  test('holds at most what is waiting and what one pull becomes', async () => {
    const { batches$ } = source(20)
    const { sink } = slow(2)
    const { written, high_water } = await drained(batches$.pipe(concatMap((batch) => of(batch, batch, batch))), sink, { capacity: 4 })
    expect(written).toEqual({ num_rows: 240 })
    expect(high_water).toBeLessThanOrEqual(4 + 3 - 1)
  })

  test('counts bytes, too', async () => {
    const { batches$ } = source(20)
    const { sink } = slow(2)
    const size = (BATCHES[0] as RecordBatch).data.byteLength
    const { high_water } = await drained(batches$, sink, { capacity: 100, bytes: 3 * size })
    expect(high_water).toBe(3)
  })

  test('takes all of a source that cannot be held', async () => {
    const { sink } = slow(0)
    const { written, high_water } = await drained(from(particles(50, 4)), sink, { capacity: 4 })
    expect(written).toEqual({ num_rows: 200 })
    expect(high_water).toBe(50)
  })

  test('works behind an operator that drops most', async () => {
    const { batches$ } = source(1000)
    const { sink } = slow(1)
    let i = 0
    const { written, high_water } = await drained(batches$.pipe(filter(() => i++ % 100 === 0)), sink, { capacity: 2 })
    expect(written).toEqual({ num_rows: 40 })
    expect(high_water).toBeLessThanOrEqual(2)
  })

  test('holds its neighbours, and none loses anything', async () => {
    const { batches$, state } = source(60)
    const fan = new FanOut(batches$)
    let i = 0
    const sinks = [slow(0), slow(3), slow(0)] as const
    const ends = [
      drained(fan.stream$, sinks[0].sink, { capacity: 4 }),
      drained(fan.stream$, sinks[1].sink, { capacity: 4 }),
      drained(fan.stream$.pipe(filter(() => i++ % 10 === 0)), sinks[2].sink, { capacity: 4 }),
    ]
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, state.pulled - sinks[1].state.batches)), 1)
    fan.connect()
    const results = await Promise.all(ends)
    clearInterval(timer)
    expect(results.map(({ written }) => written.num_rows)).toEqual([240, 240, 24])
    for (const { high_water } of results) expect(high_water).toBeLessThanOrEqual(4)
    expect(most).toBeLessThanOrEqual(6)
  })

  test('that fails lets its neighbours go on', async () => {
    const fan = new FanOut(source(40).batches$)
    const [bad, good] = [slow(0, 3), slow(1)]
    const ends = [drain(fan.stream$, bad.sink, context, { capacity: 2 }), drain(fan.stream$, good.sink, context, { capacity: 2 })]
    fan.connect()
    const [failed, written] = await Promise.allSettled(ends)
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'the sink is full' } })
    expect(written).toMatchObject({ status: 'fulfilled', value: { num_rows: 160 } })
    expect(bad.state.log).toEqual(['open', 'abort'])
  })
})

describe('the end of a stream', () => {
  test('without batches writes nothing unless the schema is known', async () => {
    const [without, known] = [slow(0), slow(0)]
    expect(await drain(of(), without.sink, context)).toEqual({ num_rows: 0 })
    expect(without.state.log).toEqual([])
    expect(await drain(of(), known.sink, context, { schema: PARTICLES })).toEqual({ num_rows: 0 })
    expect(known.state).toMatchObject({ schema: PARTICLES, log: ['open', 'commit'] })
  })

  test('without batches asks for the schema, and only then', async () => {
    const [asked, unknown, rows] = [slow(0), slow(0), slow(0)]
    expect(await drain(of(), asked.sink, context, { schema: () => Promise.resolve(PARTICLES) })).toEqual({ num_rows: 0 })
    expect(asked.state).toMatchObject({ schema: PARTICLES, log: ['open', 'commit'] })
    expect(await drain(of(), unknown.sink, context, { schema: () => Promise.resolve(undefined) })).toEqual({ num_rows: 0 })
    expect(unknown.state.log).toEqual([])
    expect(await drain(from(BATCHES), rows.sink, context, { schema: () => Promise.reject(new Error('it was asked')) })).toEqual({ num_rows: 4 })
    await expect(drain(of(), slow(0).sink, context, { schema: () => Promise.reject(new Error('nobody knows')) })).rejects.toThrow('nobody knows')
  })

  test('by an error aborts, and is that error', async () => {
    const { sink, state } = slow(1)
    const failing$ = new Observable<RecordBatch>((subscriber) => {
      for (const batch of particles(3, 4)) subscriber.next(batch)
      setTimeout(() => subscriber.error(new Error('the stream broke')), 2)
    })
    await expect(drain(failing$, sink, context)).rejects.toThrow('the stream broke')
    expect(state.log).toEqual(['open', 'abort'])
  })

  test('by an error at once opens nothing', async () => {
    const { sink, state } = slow(1)
    await expect(drain(throwError(() => new Error('the stream broke')), sink, context)).rejects.toThrow('the stream broke')
    expect(state.log).toEqual([])
  })
})

describe('a signal', () => {
  test('unsubscribes and aborts, and gives its reason', async () => {
    const { batches$, state } = source(1000)
    const { sink, state: end } = slow(1)
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('stopped')), 20)
    await expect(drain(batches$, sink, context, { signal: controller.signal, capacity: 4 })).rejects.toThrow('stopped')
    await pause(5)
    expect(state.closed).toBe(1)
    expect(state.pulled).toBeLessThan(1000)
    expect(end.log).toEqual(['open', 'abort'])
  })

  test('wakes a drain that waits for batches', async () => {
    const { sink, state } = slow(0)
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('stopped')), 5)
    await expect(drain(NEVER, sink, context, { signal: controller.signal, schema: PARTICLES })).rejects.toThrow('stopped')
    expect(state.log).toEqual(['open', 'abort'])
  })

  test('given before the start never subscribes', async () => {
    let subscribed = false
    const stream$ = new Observable<RecordBatch>(() => {
      subscribed = true
    })
    const { sink, state } = slow(0)
    await expect(drain(stream$, sink, context, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped')
    expect([subscribed, state.log]).toEqual([false, []])
  })
})

test('subscribes at once: what is emitted in the same turn is not lost', async () => {
  const { sink } = slow(0)
  const subject = new Subject<RecordBatch>()
  const end = drain(subject, sink, context, { schema: PARTICLES })
  for (const batch of particles(3, 4)) subject.next(batch)
  subject.complete()
  expect(await end).toEqual({ num_rows: 12 })
})

test('a sink that does not open ends it before anything is pulled', async () => {
  const { batches$, state } = source(10)
  const sink: StreamSink = { takes: 'stream', open: () => Promise.reject(new Error('it is there already')) }
  await expect(drain(batches$, sink, context, { schema: PARTICLES })).rejects.toThrow('it is there already')
  await pause(5)
  expect(state.pulled).toBe(0)
})
