/** `from: start`: every row once, from the disk, from memory, and live; whatever the reader's pace. */
import type { RecordBatch } from 'apache-arrow'
import { Subject } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { copyBatches } from '../../../src/streams/arrow/rows.ts'
import { FanOut } from '../../../src/streams/fan-out.ts'
import { arrowFile } from '../../../src/streams/sinks/arrow-file.ts'
import type { Recording, StreamSink, WholeRecording } from '../../../src/streams/sinks/contract.ts'
import { drain } from '../../../src/streams/sinks/drain.ts'
import { LaterRecording } from '../../../src/streams/sinks/later-recording.ts'
import { parquet } from '../../../src/streams/sinks/parquet.ts'
import { KEPT } from '../../../src/streams/taps/contract.ts'
import { Emitted } from '../../../src/streams/taps/emitted.ts'
import { Hub, type Tap } from '../../../src/streams/taps/index.ts'
import { Log } from '../../../src/streams/taps/log.ts'
import { wholeSteps } from '../../../src/streams/taps/whole-steps.ts'
import { runFolder } from '../sinks/world.ts'
import { particles, rowsOf, SCHEMA, stepOf, type Row } from './particles.ts'

const run = runFolder()

const SINKS: readonly (readonly [string, () => StreamSink])[] = [
  ['Parquet', () => parquet({ path: 'samples', row_group_rows: 1000, rows_per_file: 5000 })],
  ['Arrow', () => arrowFile({ path: 'samples.arrows' })],
]

interface Running {
  readonly hub: Hub
  readonly recording: Recording
  emit(batches: Iterable<RecordBatch>): Promise<void>
  /** Without a pause in which a client could take any. */
  emitAtOnce(batches: Iterable<RecordBatch>): void
  end(): Promise<void>
}

/** A stream that a sink writes and a hub watches, as a run has it. */
function running(sink: StreamSink): Running {
  const batches$ = new Subject<RecordBatch>()
  const shared = new FanOut(batches$)
  const [hub, recording] = [new Hub(), new LaterRecording()]
  hub.watch('particles', shared.stream$, { recording, before_rows: 0 })
  const written = drain(shared.stream$, sink, run.context, { recording })
  shared.connect()
  return {
    hub, recording,
    async emit(batches) {
      for (const batch of batches) {
        batches$.next(batch)
        await turn()
      }
    },
    emitAtOnce(batches) {
      for (const batch of batches) batches$.next(batch)
    },
    async end() {
      batches$.complete()
      await written
    },
  }
}

/** Who has so little room falls behind again and again. */
const SMALL = { batches: 2, bytes: 1e6 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function taken(tap: Tap, each = (): Promise<void> | void => undefined): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for await (const batch of tap) {
    batches.push(batch)
    await each()
  }
  return batches
}

const keyOf = ({ step, chain, x }: Row): string => `${step}/${chain}/${x}`
const keys = (batches: readonly RecordBatch[]): string[] => batches.flatMap(rowsOf).map(keyOf)

describe.each(SINKS)('a stream written as %s', (_, make) => {
  const all = [...particles({ chains: 100, steps: 300 })]

  test('is seen whole by those who come at any time, at any pace', async () => {
    const { hub, emit, end } = running(make())
    const readers: Promise<RecordBatch[]>[] = []
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
    for (let at = 0; at < 300; at += 50) {
      const pace = at % 100 === 0 ? slow : undefined
      readers.push(taken(hub.tap('particles', { from: 'start' }), pace), taken(hub.tap('particles', { from: 'start', buffer: SMALL }), pace))
      await emit(all.slice(at, at + 50))
    }
    await end()
    readers.push(taken(hub.tap('particles', { from: 'start' })))
    const expected = keys(all)
    for (const reader of readers) expect(keys(await reader)).toEqual(expected)
    expect(hub.streams()[0]).toMatchObject({ rows: 30_000, batches: 300, clients: 0, is_recorded: true, dropped_batches: 0 })
  })

  test('some steps, chains and columns are those that a client of the first hour sees', async () => {
    const { hub, emit, end } = running(make())
    const options = { every: 7, rows: 11, columns: ['chain', 'step', 'x'] }
    const early = taken(hub.tap('particles', options))
    await emit(all.slice(0, 211))
    const late = [{}, { buffer: SMALL }].map((more) => taken(hub.tap('particles', { ...options, ...more, from: 'start' })))
    await emit(all.slice(211))
    await end()
    const first = keys(await early)
    expect(first).toHaveLength(43 * 11)
    for (const reader of late) expect(keys(await reader)).toEqual(first)
  })

  test('who has caught up and falls behind again, time after time, still sees the same', async () => {
    const { hub, emit, emitAtOnce, end } = running(make())
    const pairs = Array.from({ length: 150 }, (_, i) => copyBatches(all.slice(2 * i, 2 * i + 2)))
    const tap = hub.tap('particles', { every: 7, from: 'start', buffer: SMALL })
    const whole = taken(tap)
    const seen = (pairs: number): Promise<unknown> => vi.waitFor(() => expect(tap.rows).toBe(100 * Math.ceil((2 * pairs) / 7)))
    let joined = 0
    for (let at = 0; at < 150; at += 15) {
      await emit(pairs.slice(at, at + 1))
      await seen(at + 1)
      emitAtOnce(pairs.slice(at + 1, at + 15))
      if (tap.bytes > 0) joined++
      await seen(at + 15)
    }
    await end()
    expect(keys(await whole)).toEqual(keys(all.filter((_, i) => i % 7 === 0)))
    expect(joined).toBeGreaterThan(5)
  })

  test('whoever comes after the run, and finds but its files, sees the same', async () => {
    const { hub, emit, end } = running(make())
    await emit(all)
    await end()
    const later = new Hub()
    await later.replay('particles', { recording: await make().recording?.(run.context) as WholeRecording, state: 'ended', batches: 300 })
    expect(later.streams()[0]).toMatchObject({ state: 'ended', rows: 30_000, batches: 300, is_recorded: true, schema: hub.streams()[0]?.schema === undefined ? undefined : expect.anything() as object })
    const options = { every: 7, rows: 11, from: 'start' } as const
    expect(keys(await taken(later.tap('particles', options)))).toEqual(keys(await taken(hub.tap('particles', options))))
    expect(keys(await taken(later.tap('particles', { from: 'start' })))).toEqual(keys(all))
    const latest = await taken(later.tap('particles'))
    expect(keys(latest)).toEqual(keys(all.slice(-1)))
  })

  test('a run that was stopped and goes on shows what it wrote before, and counts its steps from there', async () => {
    const batches$ = new Subject<RecordBatch>()
    const shared = new FanOut(batches$)
    const [hub, recording] = [new Hub(), new LaterRecording()]
    const before = all.slice(0, 103)
    hub.watch('particles', shared.stream$, { recording, before_rows: 103 * 100 })
    const written = drain(shared.stream$, make(), run.context, { recording, before })
    shared.connect()
    const early = hub.tap('particles', { from: 'start', every: 10 })
    const readers = [taken(early), taken(hub.tap('particles', { from: 'start', every: 10, buffer: SMALL }))]
    for (const batch of all.slice(103)) {
      batches$.next(batch)
      await turn()
    }
    readers.push(taken(hub.tap('particles', { from: 'start', every: 10 })))
    batches$.complete()
    await written
    const expected = keys(all.filter((_, i) => i % 10 === 0))
    for (const reader of readers) expect(keys(await reader)).toEqual(expected)
  })
})

test('memory keeps what is not on the disk, and no more than its bound of what is', () => {
  const log = new Log()
  let step = 0
  for (const batch of particles({ chains: 100, steps: 200 })) log.push(new Emitted(batch, step++, 1), 0)
  expect([log.begin, log.end]).toEqual([0, 20_000])
  for (const row of [0, 1, 99, 100, 12_345, 19_999]) expect(rowsOf(log.from(row) as RecordBatch)[0]).toMatchObject({ step: Math.floor(row / 100) + 1, chain: row % 100 })
  expect([log.from(-1), log.from(20_000)]).toEqual([undefined, undefined])
  const [more] = particles({ chains: 100, steps: 1 })
  log.push(new Emitted(more as RecordBatch, step, 1), 15_050)
  expect([log.begin, log.end]).toEqual([15_000, 20_100])
  log.push(new Emitted(more as RecordBatch, step, 1), Infinity)
  expect([log.begin, log.end]).toEqual([20_200 - 100 * KEPT.batches, 20_200])
})

test('batches of few rows are joined in memory: as many as a row group has do not fill it', async () => {
  const { hub, emit, end } = running(parquet({ path: 'samples' })) // a row group of 131072 rows
  const all = [...particles({ chains: 1, steps: 5000 })]
  const batches$ = all[Symbol.iterator]()
  const early = taken(hub.tap('particles', { every: 3, from: 'start' }))
  await emit({ [Symbol.iterator]: () => batches$ })
  const late = hub.tap('particles', { every: 3, from: 'start' })
  const batches = await (async () => {
    const reading = taken(late)
    await end()
    return reading
  })()
  expect(keys(batches)).toEqual(keys(all.filter((_, i) => i % 3 === 0)))
  expect(keys(await early)).toEqual(keys(batches))
  expect(batches.length).toBeLessThan(300) // 5000 if each row had stayed a batch
})

describe('a stream that no sink writes', () => {
  test('begins with the oldest batch that is there; what is missing is counted and told, but nobody was too slow', async () => {
    const hub = new Hub()
    const batches$ = new Subject<RecordBatch>()
    hub.watch('particles', batches$)
    for (const batch of particles({ chains: 5, steps: 20 })) batches$.next(batch)
    const tap = hub.tap('particles', { from: 'start' })
    batches$.complete()
    const seen = await taken(tap)
    expect(seen.map(stepOf)).toEqual(Array.from({ length: KEPT.batches }, (_, i) => 20 - KEPT.batches + 1 + i))
    expect(seen[0]?.metadata.get('heatbath.dropped_batches')).toBe(String(20 - KEPT.batches))
    expect(tap).toMatchObject({ dropped_batches: 12, dropped_rows: 60 })
    expect(hub.streams()[0]).toMatchObject({ is_recorded: false, dropped_batches: 0, dropped_rows: 0 })
  })
})

describe('a recording that fails', () => {
  test('fails its reader, and no one else', async () => {
    const hub = new Hub()
    const batches$ = new Subject<RecordBatch>()
    const recording: Recording = {
      num_rows: 1e9,
      // eslint-disable-next-line require-yield
      async *read() {
        throw new Error('gone')
      },
    }
    hub.watch('particles', batches$, { recording, before_rows: 0 })
    for (const batch of particles({ chains: 5, steps: 20 })) batches$.next(batch)
    const live = hub.tap('particles')
    await expect(taken(hub.tap('particles', { from: 'start' }))).rejects.toThrow('gone')
    batches$.complete()
    expect((await taken(live)).map(stepOf)).toEqual([20])
    expect(hub.streams()[0]?.clients).toBe(0)
  })
})

describe('batches cut at steps', () => {
  async function cut(batches: Iterable<RecordBatch>): Promise<RecordBatch[]> {
    const found: RecordBatch[] = []
    for await (const batch of wholeSteps(batches)) found.push(batch)
    return found
  }
  const stepsOf = (batch: RecordBatch): number[] => [...new Set(rowsOf(batch).map(({ step }) => step))]

  test('hold whole steps, and at least 1024 rows', async () => {
    const all = [...particles({ chains: 300, steps: 20 })]
    for (const groups of [1, 3, 7]) {
      const found = await cut(particles({ chains: 300, steps: 20, groups }))
      expect(found.flatMap(rowsOf)).toEqual(all.flatMap(rowsOf))
      expect(found.map(stepsOf)).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16], [17, 18, 19, 20]])
    }
  })

  test('of many chains are one step each', async () => {
    const found = await cut(particles({ chains: 1500, steps: 4, groups: 2 }))
    expect(found.map(stepsOf)).toEqual([[1], [2], [3], [4]])
    expect(found[0]?.schema.names).toEqual(SCHEMA.names)
  })
})
