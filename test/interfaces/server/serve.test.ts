/** `serve`, as a program that uses heatbath for nothing else would. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { RecordBatchReader, tableFromIPC, type RecordBatch } from 'apache-arrow'
import { from, interval, lastValueFrom, map, NEVER, Observable, of, range, share, Subject, switchMap, take, throwError, toArray } from 'rxjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serve, type Served } from '../../../src/index.ts'
import { needs } from '../../needs.ts'
import { particles, rowsOf } from '../../streams/taps/particles.ts'
import { python } from './python.ts'
import { until } from './world.ts'

const curl = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)('curl', ['-sSN', ...args])).stdout

async function served(...args: Parameters<typeof serve>): Promise<Served> {
  const server = await serve(args[0], { port: 0, ...args[1] })
  onTestFinished(() => server.close())
  return server
}

/** Resolves when somebody reads the stream. */
async function watched({ url }: Served, name: string): Promise<void> {
  for (;;) {
    const { streams } = await (await fetch(`${url}/streams`)).json() as { streams: { name: string; clients: number }[] }
    if (streams.some((stream) => stream.name === name && stream.clients > 0)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What a reader gets of a stream that begins once the reader is there. */
async function readFrom<T>(server: Served, name: string, go$: Subject<void>, reading: Promise<T>): Promise<T> {
  await watched(server, name)
  go$.next()
  go$.complete()
  return reading
}

const lines = (text: string): unknown[] => text.trim().split('\n').map((line) => JSON.parse(line) as unknown)

describe('streams that are given', () => {
  test('of rows: a column for each key, in NDJSON by curl', async () => {
    const go$ = new Subject<void>()
    const prices$ = interval(5).pipe(take(20), map((i) => ({ name: i % 2 === 0 ? 'a' : 'b', price: i / 4, is_open: i > 5, day: new Date(86_400_000 * i), box: [i, i + 1] })))
    const server = await served({ prices: go$.pipe(switchMap(() => prices$)) })
    const text = await readFrom(server, 'prices', go$, curl(`${server.url}/streams/prices?format=ndjson&from=start`))
    expect(lines(text)).toHaveLength(20)
    expect(lines(text)[7]).toEqual({ name: 'b', price: 1.75, is_open: true, day: '1970-01-08T00:00:00.000Z', box: [7, 8] })
  })

  test('of record batches: as they are', async () => {
    const batches = [...particles({ chains: 20, steps: 5 })]
    const go$ = new Subject<void>()
    const server = await served({ particles: go$.pipe(switchMap(() => from(batches))) })
    const table = await readFrom(server, 'particles', go$, tableFromIPC(fetch(`${server.url}/streams/particles`)))
    expect(table.batches.flatMap(rowsOf)).toEqual(batches.flatMap(rowsOf))
    expect(table.schema.metadata.get('heatbath.pipeline')).toBe('test')
  })

  test('of numbers: one column', async () => {
    const go$ = new Subject<void>()
    const server = await served({ squares: go$.pipe(switchMap(() => range(1, 3000)), map((i) => i * i)) })
    const csv = await readFrom(server, 'squares', go$, curl(`${server.url}/streams/squares?format=csv`))
    expect(csv.split('\n').slice(0, 4)).toEqual(['value', '1', '4', '9'])
    expect(csv.split('\n')).toHaveLength(3002)
  })

  test('are listed, with those that fail', async () => {
    const faults: unknown[] = []
    const { url } = await served({ never: NEVER, wrong: throwError(() => new Error('no')), mixed: of({ a: 1 }, { a: 'text' }) }, { name: 'mine', onFault: (fault) => faults.push(fault) })
    await until(() => faults.length === 2)
    const { name, streams } = await (await fetch(`${url}/streams`)).json() as { name: string; streams: { name: string; state: string }[] }
    expect([name, ...streams.map((stream) => [stream.name, stream.state])]).toEqual(['mine', ['never', 'waiting'], ['wrong', 'failed'], ['mixed', 'failed']])
    expect(faults).toMatchObject([{ message: 'no' }, { code: 'data_column', message: 'column a has values of the types Float64 and Utf8' }])
  })
})

describe('tap', () => {
  test('shows what passes, and passes it on: one subscription, same values, same end', async () => {
    let subscriptions = 0
    const go$ = new Subject<void>()
    const source$ = new Observable<{ i: number }>((subscriber) => {
      subscriptions++
      return go$.pipe(switchMap(() => interval(3).pipe(take(30), map((i) => ({ i }))))).subscribe(subscriber)
    })
    const server = await served()
    const passed = lastValueFrom(source$.pipe(server.tap('numbers'), map(({ i }) => i + 1), toArray()))
    const seen = lines(await readFrom(server, 'numbers', go$, curl(`${server.url}/streams/numbers?format=ndjson&from=start`)))
    expect(await passed).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => ({ i })))
    expect(subscriptions).toBe(1)
  })

  test('harms nothing when what passes has no place in a column, or when the server is closed', async () => {
    const server = await served({}, { onFault: () => undefined })
    const values = [{ a: Symbol('x') }, { a: 1 }, undefined, { a: () => 1 }]
    expect(await lastValueFrom(from(values).pipe(server.tap('odd'), toArray()))).toEqual(values)
    await server.close()
    expect(await lastValueFrom(range(0, 5).pipe(server.tap('late'), toArray()))).toEqual([0, 1, 2, 3, 4])
  })

  test('leaves when its subscriber does', async () => {
    const source$ = new Subject<number>()
    const server = await served()
    const subscription = source$.pipe(server.tap('numbers')).subscribe()
    source$.next(1)
    const reading = curl(`${server.url}/streams/numbers?format=csv`)
    await watched(server, 'numbers')
    subscription.unsubscribe()
    expect(source$.observed).toBe(false)
    expect(await reading).toBe('value\n1\n')
  })

  test('a slow client does not slow the program', async () => {
    const server = await served()
    const source$ = new Subject<RecordBatch>()
    source$.pipe(server.tap('particles')).subscribe()
    const response = await (async () => {
      const pending = fetch(`${server.url}/streams/particles`)
      await watched(server, 'particles')
      for (const batch of particles({ chains: 10, steps: 1 })) source$.next(batch)
      return pending
    })()
    for (const batch of particles({ chains: 5000, steps: 1500 })) {
      source$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    source$.complete()
    const reader = await RecordBatchReader.from(response)
    let [rows, told] = [0, 0]
    for await (const batch of reader) {
      rows += batch.numRows
      told = Number(batch.metadata.get('heatbath.dropped_batches') ?? told)
    }
    expect(told).toBeGreaterThan(0)
    expect(rows + told * 5000).toBe(10 + 1500 * 5000)
  })
})

describe('to Python', () => {
  needs('python')

  test('over Arrow Flight, by a token', async () => {
    const rows$ = interval(2).pipe(take(400), map((i) => ({ i, word: `w${i}` })), share())
    const server = await served({ rows: rows$ }, { flight_port: 0, token: '0123456789abcdef' })
    expect(await python(`
import json, sys
import pyarrow.flight as fl
options = fl.FlightCallOptions(headers=[(b'authorization', b'Bearer 0123456789abcdef')])
table = fl.connect(sys.argv[1]).do_get(fl.Ticket(b'rows'), options).read_all()
print(json.dumps({'types': [str(field.type) for field in table.schema], 'last': table.slice(table.num_rows - 1).to_pylist()}))
`, server.flight as string)).toEqual({ types: ['double', 'string'], last: [{ i: 399, word: 'w399' }] })
  })
})

test('a server that is closed lets the program end', async () => {
  const script = `
    import { serve } from '${new URL('../../../dist/index.js', import.meta.url).pathname}'
    import { range } from 'rxjs'
    const server = await serve({ numbers: range(0, 10) }, { port: 0, flight_port: 0 })
    const text = await (await fetch(server.url + '/streams/numbers?format=csv&from=start')).text()
    await server.close()
    console.log(text.split('\\n').length)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 })
  expect(stdout).toBe('12\n')
})
