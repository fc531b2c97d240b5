import { Field, RecordBatch, Schema, Utf8, vectorFromArray, type Data } from 'apache-arrow'
import { Observable, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { Gate, gatesInForce, through } from '../../../src/streams/gates.ts'
import { Hub } from '../../../src/streams/taps/index.ts'
import { particles, rowsOf, SCHEMA, stepOf, xOf } from './particles.ts'
import { started, taken, tapped } from './tapped.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a tap', () => {
  test('gives what the stream emits, and ends with it', async () => {
    const all = [...particles({ chains: 5, steps: 4 })]
    const { seen, tap, hub } = await tapped(all)
    expect(seen.map(stepOf)).toEqual([1, 2, 3, 4])
    expect(seen.flatMap(rowsOf)).toEqual(all.flatMap(rowsOf))
    expect(tap).toMatchObject({ batches: 4, rows: 20, dropped_batches: 0, dropped_rows: 0, state: 'ended' })
    expect(hub.streams()).toMatchObject([{ name: 'particles', state: 'ended', rows: 20, batches: 4, clients: 0, dropped_batches: 0 }])
  })

  test('waits for the schema, and gets that of its columns', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles', { columns: ['x', 'step'] })
    let schema: Schema | undefined
    void tap.schema().then((known) => (schema = known))
    await turn()
    expect(schema).toBeUndefined()
    batches$.next([...particles({ chains: 2, steps: 1 })][0] as RecordBatch)
    await turn()
    expect(schema?.names).toEqual(['x', 'step'])
    expect(schema?.metadata).toEqual(SCHEMA.metadata)
  })

  test('has no schema if the stream ends without a batch', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles')
    batches$.complete()
    expect(await tap.schema()).toBeUndefined()
    expect(await taken(tap)).toEqual([])
  })

  test('drops the oldest, counts them, and says so with the next batch', async () => {
    const { seen, tap, hub } = await tapped(particles({ chains: 3, steps: 10 }), { buffer: { batches: 4, bytes: Infinity } })
    expect(seen.map(stepOf)).toEqual([7, 8, 9, 10])
    expect(tap).toMatchObject({ dropped_batches: 6, dropped_rows: 18 })
    expect(seen.map(({ metadata }) => metadata.get('heatbath.dropped_batches'))).toEqual(['6', undefined, undefined, undefined])
    expect(hub.streams()[0]).toMatchObject({ dropped_batches: 6, dropped_rows: 18 })
  })

  test('has less room the more it drops, and all of it once it has taken what there was', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles', { buffer: { batches: 32, bytes: Infinity } })
    const reader = tap[Symbol.asyncIterator]()
    const steps = [...particles({ chains: 3, steps: 1033 })]
    const next = async (): Promise<number> => stepOf((await reader.next()).value as RecordBatch)
    for (const batch of steps.slice(0, 1000)) batches$.next(batch)
    expect([await next(), await next()]).toEqual([999, 1000])
    expect(tap.dropped_batches).toBe(998)
    for (const batch of steps.slice(1000)) batches$.next(batch)
    expect([await next(), tap.dropped_batches]).toEqual([1002, 999])
  })

  test('with room for one batch it has the newest', async () => {
    const { seen } = await tapped(particles({ chains: 3, steps: 10 }), { buffer: { batches: 1, bytes: 1 } })
    expect(seen.map(stepOf)).toEqual([10])
  })

  test('leaves when its reader does', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles')
    for (const batch of particles({ chains: 3, steps: 3 })) batches$.next(batch)
    for await (const batch of tap) if (stepOf(batch) === 2) break
    expect(hub.streams()[0]?.clients).toBe(0)
    expect(tap.bytes).toBe(0)
  })

  test('closed from outside while it waits, it ends', async () => {
    const { hub } = started()
    const tap = hub.tap('particles')
    const done = taken(tap)
    await turn()
    expect(hub.streams()[0]?.clients).toBe(1)
    tap.close()
    expect(await done).toEqual([])
    expect(hub.streams()[0]?.clients).toBe(0)
  })

  test('holds on to no more memory than its bound, over 1e5 batches, with buffers that many batches share', async () => {
    const { hub, batches$ } = started()
    const bytes = 2 ** 20
    const taps = [1, 7, 100].map((every) => hub.tap('particles', { every, buffer: { batches: 64, bytes } }))
    let most = 0
    for (const [i, batch] of [...particles({ chains: 64, steps: 1000, steps_per_buffer: 128 })].entries()) {
      for (let k = 0; k < 100; k++) {
        batches$.next(batch)
        if (i % 50 === 0) most = Math.max(most, ...taps.map((tap) => tap.bytes))
      }
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(bytes)
    expect(hub.streams()[0]?.batches).toBe(100_000)
    expect(taps[0]?.dropped_batches).toBeGreaterThanOrEqual(100_000 - 64)
  })

  test('gives many clients batches that do not keep the buffers of others alive, and all the same', async () => {
    const { hub, batches$ } = started()
    const taps = Array.from({ length: 9 }, () => hub.tap('particles')[Symbol.asyncIterator]())
    for (const batch of particles({ chains: 10, steps: 100, steps_per_buffer: 100 })) batches$.next(batch)
    const seen: RecordBatch[] = []
    for (let i = 0; i < 100; i++) {
      const [first, ...others] = await Promise.all(taps.map(async (tap) => (await tap.next()).value as RecordBatch))
      for (const other of others) expect(other).toBe(first)
      seen.push(first as RecordBatch)
    }
    for (const batch of seen) for (const { values } of batch.data.children) expect((values as Float32Array).buffer.byteLength).toBeLessThanOrEqual(1024)
    expect(rowsOf(seen[41] as RecordBatch)[3]).toEqual({ step: 42, chain: 3, x: xOf(42, 3) })
  })

  test('names a column that is not there', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles', { columns: ['x', 'z'] })
    batches$.next([...particles({ chains: 2, steps: 1 })][0] as RecordBatch)
    await expect(tap.schema()).rejects.toMatchObject({ code: 'tap_column_unknown', message: 'stream particles has no column z' })
    expect(() => hub.tap('other')).toThrow(expect.objectContaining({ code: 'tap_stream_unknown' }))
  })
})

describe('from', () => {
  test('latest begins with the newest batch, start with the oldest that is kept', async () => {
    const { hub, batches$ } = started()
    const all = [...particles({ chains: 2, steps: 20 })]
    all.slice(0, 15).forEach((batch) => batches$.next(batch))
    const taps = [hub.tap('particles'), hub.tap('particles', { from: 'start' })]
    all.slice(15).forEach((batch) => batches$.next(batch))
    batches$.complete()
    const [latest, start] = await Promise.all(taps.map(async (tap) => (await taken(tap)).map(stepOf)))
    expect(latest).toEqual([15, 16, 17, 18, 19, 20])
    expect(start).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
  })

  test('a stream that has ended still gives its newest batch', async () => {
    const { hub } = await tapped(particles({ chains: 2, steps: 5 }))
    const tap = hub.tap('particles')
    expect((await tap.schema())?.names).toEqual(SCHEMA.names)
    expect((await taken(tap)).map(stepOf)).toEqual([5])
  })
})

describe('a stream', () => {
  test('goes on through its phases, for those who watch it already', async () => {
    const { hub, batches$ } = started([{ streams: ['data', 'particles'] }, { streams: ['particles'] }])
    expect(hub.streams().map(({ name, state }) => [name, state])).toEqual([['data', 'waiting'], ['particles', 'waiting']])
    const tap = hub.tap('particles')
    for (const batch of particles({ chains: 2, steps: 2 })) batches$.next(batch)
    batches$.complete()
    expect(tap.state).toBe('running')
    const again$ = new Subject<RecordBatch>()
    hub.watch('particles', again$)
    for (const batch of particles({ chains: 2, steps: 3 })) again$.next(batch)
    again$.complete()
    expect((await taken(tap)).map(stepOf)).toEqual([1, 2, 1, 2, 3])
    expect(hub.streams().find(({ name }) => name === 'particles')).toMatchObject({ state: 'ended', batches: 5, rows: 10 })
  })

  test('that fails ends its taps, and nothing is thrown', async () => {
    const { hub, batches$ } = started()
    const tap = hub.tap('particles')
    batches$.next([...particles({ chains: 2, steps: 1 })][0] as RecordBatch)
    batches$.error(new Error('broken'))
    expect((await taken(tap)).map(stepOf)).toEqual([1])
    expect(tap.state).toBe('failed')
  })

  test('is not harmed by a watcher that trips over a batch', async () => {
    const { hub, batches$ } = started()
    const reached: unknown[] = []
    batches$.subscribe((batch) => reached.push(batch))
    const tap = hub.tap('particles')
    const broken = { get numRows(): number { throw new Error('no') } } as RecordBatch
    batches$.next(broken)
    expect(reached).toEqual([broken])
    expect(await taken(tap)).toEqual([])
    expect(hub.streams()[0]?.state).toBe('failed')
  })

  test('is watched on behalf of no gate', () => {
    const gates: unknown[] = []
    const source = new Observable<RecordBatch>(() => void gates.push(gatesInForce()))
    through([new Gate()], () => new Hub().watch('particles', source))
    expect(gates).toEqual([[]])
  })

  test('ends when the run does, and stays so', async () => {
    const { hub, batches$ } = started([{ streams: ['particles'] }, { streams: ['late'] }])
    const taps = [hub.tap('particles'), hub.tap('late')]
    hub.end()
    expect(batches$.observed).toBe(false)
    hub.watch('late', batches$)
    expect(batches$.observed).toBe(false)
    for (const tap of taps) expect(await taken(tap)).toEqual([])
    expect(hub.streams().map(({ state }) => state)).toEqual(['ended', 'ended'])
  })

  test('tells its schema as JSON', () => {
    const { hub, batches$ } = started()
    batches$.next([...particles({ chains: 1, steps: 1 })][0] as RecordBatch)
    expect(hub.streams()[0]?.schema).toEqual({
      fields: [['step', 'uint64'], ['chain', 'uint32'], ['x', 'float32'], ['energy', 'float32']].map(([name, type]) => ({ name, type, nullable: false })),
      metadata: { 'heatbath.pipeline': 'test' },
    })
  })

  test('may have any columns: text, and a column step that is no number', async () => {
    const schema = new Schema([new Field('step', new Utf8(), true)])
    const texts = (values: readonly string[]): RecordBatch => recordBatch(schema, values.length, [vectorFromArray(values, new Utf8()).data[0] as Data])
    const { seen } = await tapped([texts(['a', 'b']), texts(['c']), texts(['d'])], { every: 2 })
    expect(seen.map((batch) => [...(batch.getChild('step') ?? [])])).toEqual([['a', 'b'], ['d']])
  })
})
