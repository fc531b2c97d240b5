import http from 'node:http'
import net from 'node:net'
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { float32Column, recordBatch } from '../../../src/streams/arrow/columns.ts'
import { particles, rowsOf, SCHEMA, stepOf } from '../../streams/taps/particles.ts'
import { arrowBatches, ask, clientsOf, started, until, type World } from './world.ts'

/** Emits once so many clients are there, with a turn of the event loop after each batch, then ends the stream. */
async function emit(world: World, batches: Iterable<RecordBatch>, clients = 1): Promise<void> {
  await until(() => clientsOf(world) >= clients)
  for (const batch of batches) {
    world.batches$.next(batch)
    await new Promise((resolve) => setImmediate(resolve))
  }
  world.batches$.complete()
}

const all = (chains: number, steps: number): RecordBatch[] => [...particles({ chains, steps })]

describe('/streams/NAME', () => {
  test('as Arrow: row for row what was emitted, with the end mark', async () => {
    const world = await started()
    const sent = all(500, 40)
    const [received] = await Promise.all([arrowBatches(`${world.server.url}/streams/particles`), emit(world, sent)])
    expect(received[0]?.schema.names).toEqual(SCHEMA.names)
    expect(received[0]?.schema.metadata).toEqual(SCHEMA.metadata)
    expect(received.flatMap(rowsOf)).toEqual(sent.flatMap(rowsOf))
    const again = await ask(world.port, '/streams/particles')
    expect(again.headers).toMatchObject({ 'content-type': 'application/vnd.apache.arrow.stream', 'transfer-encoding': 'chunked', 'cache-control': 'no-store' })
    expect(again.body.endsWith('\u{fffd}\u{fffd}\u{fffd}\u{fffd}\0\0\0\0')).toBe(true)
    expect(again.trailers).toEqual({ 'heatbath-state': 'ended', 'heatbath-dropped-batches': '0', 'heatbath-dropped-rows': '0' })
  })

  test('as NDJSON and as CSV, by Accept or by ?format', async () => {
    const world = await started()
    const requests = [
      ask(world.port, '/streams/particles', { headers: { accept: 'application/x-ndjson' } }),
      ask(world.port, '/streams/particles?format=ndjson', { headers: { accept: 'text/csv' } }),
      ask(world.port, '/streams/particles?columns=chain,step', { headers: { accept: 'text/csv, application/vnd.apache.arrow.stream;q=.5' } }),
    ]
    const sent = all(3000, 2)
    const [[json, also, csv]] = await Promise.all([Promise.all(requests), emit(world, sent, 3)])
    const rows = json?.body.trim().split('\n').map((line) => JSON.parse(line) as { step: number; chain: number; x: number })
    expect(rows?.map(({ step, chain, x }) => ({ step, chain, x: Math.fround(x) }))).toEqual(sent.flatMap(rowsOf))
    expect(also?.body).toBe(json?.body)
    expect(csv?.body.split('\n').slice(0, 3)).toEqual(['chain,step', '0,1', '1,1'])
    expect([json, csv].map((answer) => answer?.headers['content-type'])).toEqual(['application/x-ndjson', 'text/csv'])
  })

  test.each([
    [undefined, 'application/vnd.apache.arrow.stream'],
    ['*/*', 'application/vnd.apache.arrow.stream'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/vnd.apache.arrow.stream'],
    ['application/json', 'application/x-ndjson'],
    ['text/*', 'text/csv'],
    ['application/vnd.apache.arrow.stream;q=0, */*;q=0.1', 'application/x-ndjson'],
    ['text/csv;q=0.2, application/x-ndjson;q=0.4', 'application/x-ndjson'],
    ['image/png', undefined],
    ['text/csv;q=0', undefined],
  ])('Accept %s is answered with %s', async (accept, type) => {
    const { port } = await started()
    const answer = await ask(port, '/streams/particles', { method: 'HEAD', headers: accept === undefined ? {} : { accept } })
    expect([answer.status, answer.status === 200 ? answer.headers['content-type'] : undefined]).toEqual([type === undefined ? 406 : 200, type])
  })

  test('some steps, chains and columns; so many batches', async () => {
    const world = await started()
    const sent = all(100, 20)
    const [received] = await Promise.all([arrowBatches(`${world.server.url}/streams/particles?every=5&rows=10&columns=step,chain,x&limit=3`), emit(world, sent)])
    expect(received.map(stepOf)).toEqual([1, 6, 11])
    expect(received.map(({ numRows }) => numRows)).toEqual([10, 10, 10])
    expect(received[0]?.schema.names).toEqual(['step', 'chain', 'x'])
    await until(() => clientsOf(world) === 0)
  })

  test('from=start and from=latest', async () => {
    const world = await started()
    for (const batch of all(2, 5)) world.batches$.next(batch)
    const requests = ['start', 'latest'].map((from) => arrowBatches(`${world.server.url}/streams/particles?from=${from}`))
    const [[start, latest]] = await Promise.all([Promise.all(requests), emit(world, [], 2)])
    expect(start?.map(stepOf)).toEqual([1, 2, 3, 4, 5])
    expect(latest?.map(stepOf)).toEqual([5])
  })

  test('ends when the run does', async () => {
    const world = await started()
    const received = arrowBatches(`${world.server.url}/streams/particles`)
    await until(() => clientsOf(world) === 1)
    world.batches$.next(all(3, 1)[0] as RecordBatch)
    world.server.event({ event: 'end', status: 'stopped', seconds: 1 })
    expect((await received).map(stepOf)).toEqual([1])
  })

  test('a stream that ended without a batch is gone', async () => {
    const world = await started()
    world.batches$.complete()
    expect(await ask(world.port, '/streams/particles')).toMatchObject({ status: 410, json: { code: 'server_stream_empty' } })
  })

  test('waits for a stream of a later phase', async () => {
    const world = await started({ phases: [{ streams: ['particles'] }, { streams: ['late'] }] })
    const received = arrowBatches(`${world.server.url}/streams/late`)
    await until(() => clientsOf(world) === 1)
    const late$ = new Subject<RecordBatch>()
    world.server.watch('late', late$)
    for (const batch of all(2, 3)) late$.next(batch)
    late$.complete()
    expect((await received).map(stepOf)).toEqual([1, 2, 3])
  })

  test.each([
    ['/streams/particles?every=0', 400, 'every is a whole number from 1 to 999999999'],
    ['/streams/particles?rows=1e3', 400, 'rows is a whole number from 1 to 999999999'],
    ['/streams/particles?every=2&every=3', 400, 'every is given once'],
    ['/streams/particles?format=parquet', 400, 'format is one of arrow, ndjson, csv'],
    ['/streams/particles?from=yesterday', 400, 'from is one of latest, start'],
    ['/streams/particles?colums=x', 400, 'there is no parameter colums: there are every, rows, rate, columns, from, limit, format'],
    ['/streams/particles?__proto__=x', 400, 'there is no parameter __proto__: there are every, rows, rate, columns, from, limit, format'],
    ['/streams/particles?columns=x,,y', 400, 'columns are names of columns, each once, with commas between them'],
    ['/streams/particles?columns=x,z', 400, 'stream particles has no column z'],
    ['/streams/other', 404, 'there is no stream other in this run'],
    ['/streams/__proto__', 404, 'there is no stream __proto__ in this run'],
    ['/streams/..%2f..%2fetc%2fpasswd', 404, 'there is no stream ../../etc/passwd in this run'],
    ['/streams/../../etc/passwd', 404, 'there is nothing at this path'],
    [`/streams/${'a'.repeat(200)}`, 404, `there is no stream ${'a'.repeat(200)} in this run`],
    ['/streams/%zz', 400, 'this is not a request of HTTP/1.1'],
    ['/nothing', 404, 'there is nothing at this path'],
  ])('%s is answered with %i: %s', async (path, status, message) => {
    const world = await started()
    world.batches$.next(all(2, 1)[0] as RecordBatch)
    const answer = await ask(world.port, path)
    expect([answer.status, answer.json.message]).toEqual([status, message])
    expect(Object.keys(answer.json)).toEqual(['code', 'message', 'hint'])
    expect(clientsOf(world)).toBe(0)
  })
})

describe('a client that does not read', () => {
  /** Asks for the stream and reads nothing. */
  const stuck = (port: number): Promise<net.Socket> => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.pause()
      socket.write(`GET /streams/particles HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      resolve(socket)
    })
  })

  test('loses batches, which are counted; others lose none; memory stays bounded', async () => {
    const world = await started()
    const sockets = await Promise.all([stuck(world.port), stuck(world.port)])
    const reading = arrowBatches(`${world.server.url}/streams/particles?columns=step,x&rows=10`)
    await until(() => clientsOf(world) === 3)
    const steps = 1500
    let most = 0
    for (const batch of particles({ chains: 5000, steps })) { // 100 KB each: 150 MB
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    world.batches$.complete()
    const received = await reading
    expect(received.map(stepOf)).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
    expect(most).toBeLessThan(250 * 2 ** 20) // what waits for both is the same, 24 MiB, and garbage
    const { body } = await ask(world.port, '/metrics')
    const dropped = Number(/^heatbath_tap_dropped_batches_total\{stream="particles"\} (\d+)$/m.exec(body)?.[1])
    expect(dropped).toBeGreaterThan(400)
    sockets.forEach((socket) => socket.destroy())
    await until(() => clientsOf(world) === 0)
  })

  test('is let go after a while, with its memory', async () => {
    const world = await started({ limits: { stall_ms: 100 } })
    const socket = await stuck(world.port)
    await until(() => clientsOf(world) === 1)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    for (const batch of particles({ chains: 20_000, steps: 60 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => clientsOf(world) === 0)
    socket.resume()
    await closed
  })

  test('that comes back from a pause is told what it lost', async () => {
    const world = await started()
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http.get({ host: '127.0.0.1', port: world.port, path: '/streams/particles?format=csv', agent: false }, resolve)
      void until(() => clientsOf(world) === 1).then(() => world.batches$.next(all(2, 1)[0] as RecordBatch))
    })
    for (const batch of particles({ chains: 5000, steps: 1000 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    world.batches$.complete()
    let lines = 0
    for await (const data of response) for (const byte of data as Buffer) if (byte === 10) lines++
    const [batches, rows] = ['heatbath-dropped-batches', 'heatbath-dropped-rows'].map((name) => Number(response.trailers[name]))
    expect(batches).toBeGreaterThan(0)
    expect(rows).toBe((batches ?? 0) * 5000)
    expect(lines).toBe(1 + 2 + 1000 * 5000 - (rows ?? 0))
  })
})

describe('clients', () => {
  test('beyond the limit are refused, until one leaves', async () => {
    const world = await started({ limits: { clients: 2 } })
    const controllers = [new AbortController(), new AbortController()]
    for (const { signal } of controllers) fetch(`${world.server.url}/streams/particles`, { signal }).catch(() => undefined)
    await until(() => clientsOf(world) === 2)
    expect(await ask(world.port, '/streams/particles')).toMatchObject({ status: 503, json: { code: 'server_busy' }, headers: { 'retry-after': '1' } })
    expect(await ask(world.port, '/healthz')).toMatchObject({ status: 200 })
    controllers[0]?.abort()
    await until(() => clientsOf(world) === 1)
    await until(() => true)
    const after = ask(world.port, '/streams/particles?format=csv')
    await until(() => clientsOf(world) === 2)
    world.batches$.complete()
    expect((await after).status).toBe(410)
  })

  test('that come and go leave nothing behind', async () => {
    const world = await started()
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController()
      for (let i = 0; i < 20; i++) fetch(`${world.server.url}/streams/particles`, { signal: controller.signal }).catch(() => undefined)
      await until(() => clientsOf(world) === 20)
      controller.abort()
      await until(() => clientsOf(world) === 0)
    }
    expect(world.faults).toEqual([])
  })

  test('of a stream whose columns change midway are cut off, and the fault is told', async () => {
    const world = await started()
    const received = fetch(`${world.server.url}/streams/particles`).then((response) => response.arrayBuffer()) // Arrow's reader would take it for the end
    await until(() => clientsOf(world) === 1)
    world.batches$.next(all(2, 1)[0] as RecordBatch)
    world.batches$.next(recordBatch(new Schema([new Field('y', new Float32(), false)]), 1, [float32Column(Float32Array.of(1))]))
    await expect(received).rejects.toThrow()
    expect(world.faults).toMatchObject([{ code: 'stream_schema' }])
  })
})
