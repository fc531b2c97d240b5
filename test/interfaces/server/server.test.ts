import { spawn } from 'node:child_process'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { startServer } from '../../../src/interfaces/server/index.ts'
import type { RunEvent } from '../../../src/pipelines/events.ts'
import { measuredColumn, recordBatch, uint64Column, utf8Column } from '../../../src/streams/arrow/columns.ts'
import { HEALTH } from '../../../src/streams/arrow/schemas.ts'
import { particles } from '../../streams/taps/particles.ts'
import { arrowBatches, ask, clientsOf, started, until } from './world.ts'
import type { RecordBatch } from 'apache-arrow'

const training = (step: number, stream = 'training'): RunEvent => ({ event: 'training', stream, step, loss: 1 / step, epoch: null, learning_rate: 0.001, rows_per_s: 1000 })

describe('the port', () => {
  test('is 4983 or the next free one', async () => {
    const [a, b] = [await started({}), await started({})]
    expect(a.port).not.toBe(b.port)
    const free = { name: 'test', run_id: '1', folder: '/runs/test' }
    const first = await startServer(free)
    const second = await startServer(free)
    const ports = [first, second].map(({ url }) => Number(new URL(url).port))
    expect(ports[0]).toBeGreaterThanOrEqual(4983)
    expect(ports[1]).toBeGreaterThan(ports[0] as number)
    expect(ports[1]).toBeLessThan(4983 + 200)
    await Promise.all([first.close(), second.close()])
  })

  test('asked for and taken is an error', async () => {
    const { port } = await started()
    await expect(started({ port })).rejects.toMatchObject({ code: 'server_port_taken', message: `port ${port} of 127.0.0.1 is taken` })
  })

  test('of an address that is not ours is an error', async () => {
    await expect(started({ host: '203.0.113.7', token: 'x'.repeat(20) })).rejects.toMatchObject({ code: 'server_host_unknown' })
    await expect(started({ host: 'no-such-host.invalid' })).rejects.toMatchObject({ code: 'server_host_unknown' })
  })

  test('by name and by IPv6', async () => {
    const named = await started({ host: 'localhost' })
    expect((await fetch(`${named.server.url}/healthz`)).status).toBe(200)
    const six = await started({ host: '::1' }).catch((error: { code: string }) => error.code)
    if (typeof six === 'string') return expect(six).toBe('server_host_unknown') // a machine without IPv6
    expect(six.server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await fetch(`${six.server.url}/healthz`)).status).toBe(200)
  })
})

describe('what there is', () => {
  test('/streams has names, states, schemas, counts and links', async () => {
    const { port, batches$ } = await started({ phases: [{ streams: ['particles'] }, { streams: ['late'] }] })
    for (const batch of particles({ chains: 3, steps: 2 })) batches$.next(batch)
    const { json } = await ask(port, '/streams')
    expect(json).toMatchObject({
      name: 'test', run_id: '20261124-201530-3f9a', folder: '/runs/test', links: { events: '/events', metrics: '/metrics' },
      streams: [
        {
          name: 'particles', state: 'running', rows: 6, batches: 2, clients: 0, dropped_batches: 0, dropped_rows: 0,
          schema: { fields: [{ name: 'step', type: 'uint64', nullable: false }, {}, {}, {}] },
          links: { arrow: '/streams/particles?format=arrow', ndjson: '/streams/particles?format=ndjson', csv: '/streams/particles?format=csv' },
        },
        { name: 'late', state: 'waiting', rows: 0, batches: 0 },
      ],
    })
  })

  test('/healthz from the start, /ready from the first phase', async () => {
    const server = await startServer({ name: 'test', run_id: '1', folder: '/runs/test', port: 0 })
    const port = Number(new URL(server.url).port)
    expect([(await ask(port, '/healthz')).status, (await ask(port, '/ready')).status]).toEqual([200, 503])
    server.event({ event: 'phase', phase: 1, phases: 1, streams: ['particles'] })
    expect(await ask(port, '/ready')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    await server.close()
  })

  test('/metrics tell how the chains are doing, and what was asked and sent', async () => {
    const { port, server, batches$ } = await started()
    const health$ = new Subject<RecordBatch>()
    server.watch('health', health$)
    health$.next(recordBatch(HEALTH, 2, [
      uint64Column(BigUint64Array.of(9n, 9n)), utf8Column(['x0', 'x"1']), ...[[1, 2], [3, 4], [NaN, NaN], [1.01, NaN], [100, 200], [50, 60], [0.5, 0.5]].map((values) => measuredColumn(Float64Array.from(values))), uint64Column(BigUint64Array.of(0n, 0n)),
    ]))
    for (const batch of particles({ chains: 3, steps: 4 })) batches$.next(batch)
    batches$.complete()
    await ask(port, '/nothing')
    const { body: csv } = await ask(port, '/streams/particles?format=csv')
    const lines = (await ask(port, '/metrics')).body.split('\n')
    for (const line of [
      'heatbath_r_hat{stream="health",variable="x0"} 1.01', 'heatbath_ess_bulk{stream="health",variable="x\\"1"} 200', 'heatbath_variable_mean{stream="health",variable="x0"} 1',
      `heatbath_energy{stream="particles"} ${-(4 + Math.fround(1 / 2 ** 20))}`, `heatbath_tap_sent_bytes_total{stream="particles",transport="http"} ${Buffer.byteLength(csv)}`,
      'heatbath_http_requests_total{method="GET",route="",status="404"} 1', 'heatbath_http_requests_total{method="GET",route="/streams/:name",status="200"} 1',
    ]) expect(lines).toContain(line)
    expect(lines.filter((line) => line.startsWith('heatbath_r_hat{'))).toHaveLength(1) // none for what is not known
  })

  test('/metrics are those of the run and of the process', async () => {
    const { port, server, batches$ } = await started()
    for (const batch of particles({ chains: 3, steps: 4 })) batches$.next(batch)
    server.event(training(7))
    server.event({ event: 'progress', stream: 'particles', rows: 12, batches: 4, rows_per_s: 5000, step: 4 })
    for (let i = 0; i < 2; i++) {
      const { body, headers } = await ask(port, '/metrics')
      expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
      for (const line of [
        'heatbath_rows_total{stream="particles"} 12', 'heatbath_batches_total{stream="particles"} 4', 'heatbath_tap_clients{stream="particles"} 0',
        'heatbath_tap_dropped_batches_total{stream="particles"} 0', 'heatbath_step{stream="particles"} 4', 'heatbath_rows_per_second{stream="particles"} 5000',
        'heatbath_loss{stream="training"} 0.14285714285714285', 'heatbath_step{stream="training"} 7',
      ]) expect(body.split('\n')).toContain(line)
      expect(body).toMatch(/^heatbath_run_info\{pipeline="test",run_id="20261124-201530-3f9a",version="[^"]+"\} 1$/m)
      expect(body).toMatch(/^process_resident_memory_bytes \d+/m)
    }
  })
})

describe('/events', () => {
  interface Told { readonly id: string; readonly event: string; readonly data: RunEvent }

  /** Reads events until the answer ends, or so many. */
  async function eventsOf(url: string, { lastId, most = Infinity }: { lastId?: string; most?: number } = {}): Promise<Told[]> {
    const response = await fetch(`${url}/events`, { headers: lastId === undefined ? {} : { 'last-event-id': lastId } })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const told: Told[] = []
    let text = ''
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop() as string
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
        if (fields.data !== undefined) told.push({ id: fields.id as string, event: fields.event as string, data: JSON.parse(fields.data) as RunEvent })
      }
      if (told.length >= most) break // which cancels the answer
    }
    return told
  }

  test('come as they are told, after the last of each kind, and end with the run', async () => {
    const { server } = await started()
    server.event({ event: 'phase', phase: 1, phases: 2, streams: ['training'] })
    for (const step of [1, 2, 3]) server.event(training(step))
    server.event(training(5, 'other'))
    const early = eventsOf(server.url)
    const first = await eventsOf(server.url, { most: 3 })
    expect(first.map(({ event, data }) => [event, 'step' in data ? data.step : undefined])).toEqual([['phase', undefined], ['training', 3], ['training', 5]])
    server.event(training(4))
    server.event({ event: 'end', status: 'completed', seconds: 2 })
    expect((await early).map(({ event }) => event)).toEqual(['phase', 'training', 'training', 'training', 'end'])
    expect((await early)[3]?.data).toEqual(training(4))

    const late = await eventsOf(server.url)
    expect(late.map(({ event }) => event)).toEqual(['phase', 'training', 'training', 'end'])
    expect((await eventsOf(server.url, { lastId: late[1]?.id as string })).map(({ event }) => event)).toEqual(['training', 'end'])
    expect((await eventsOf(server.url, { lastId: 'of-another-run/99' }))).toHaveLength(4)
    const again = await fetch(`${server.url}/events`, { headers: { 'last-event-id': late[3]?.id as string } })
    expect(again.status).toBe(204)
  })

  test('have signs of life between them', async () => {
    const { server } = await started({ limits: { heartbeat_ms: 20 } })
    const response = await fetch(`${server.url}/events`)
    let text = ''
    for await (const chunk of response.body as ReadableStream<Uint8Array>) if ((text += Buffer.from(chunk).toString()).split(': here\n\n').length > 3) break
    expect(text.startsWith('retry: ')).toBe(true)
  })

  test('a reader that pauses skips to the last of each kind', async () => {
    const { server, port } = await started()
    const response = await new Promise<http.IncomingMessage>((resolve) => http.get({ host: '127.0.0.1', port, path: '/events', agent: false }, resolve))
    const output = 'x'.repeat(20_000)
    for (let i = 1; i <= 2000; i++) { // 40 MB
      server.event({ event: 'written', output, num_rows: i })
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    server.event({ event: 'end', status: 'completed', seconds: 1 })
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string
    expect(text.length).toBeLessThan(20e6)
    expect(text).toContain('"num_rows":2000}')
    expect(text.trimEnd().endsWith('"seconds":1}')).toBe(true)
  })
})

describe('close', () => {
  test('ends streams with their end mark, and what waits for a schema with a word', async () => {
    const world = await started({ phases: [{ streams: ['particles'] }, { streams: ['late'] }] })
    const reading = arrowBatches(`${world.server.url}/streams/particles`)
    const waiting = ask(world.port, '/streams/late')
    await until(() => clientsOf(world) === 2)
    world.batches$.next([...particles({ chains: 2, steps: 1 })][0] as RecordBatch)
    const begun = performance.now()
    await world.server.close()
    expect(performance.now() - begun).toBeLessThan(500)
    expect(await reading).toHaveLength(1)
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'server_closing' } })
    await expect(ask(world.port, '/healthz')).rejects.toThrow()
  })

  test('waits a second for a client that does not read, then lets it go', async () => {
    const world = await started({ limits: { close_ms: 200 } })
    const socket = net.connect(world.port, '127.0.0.1')
    socket.pause().on('error', () => undefined).write(`GET /streams/particles HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\n\r\n`)
    await until(() => clientsOf(world) === 1)
    for (const batch of particles({ chains: 50_000, steps: 30 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const begun = performance.now()
    await world.server.close()
    expect(performance.now() - begun).toBeGreaterThan(150)
    expect(performance.now() - begun).toBeLessThan(1000)
    expect(clientsOf(world)).toBe(0)
    socket.destroy()
  })

  test('waits as long as a client goes on reading', async () => {
    const world = await started()
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http.get({ host: '127.0.0.1', port: world.port, path: '/streams/particles?format=csv', agent: false }, resolve)
      void until(() => clientsOf(world) === 1).then(async () => {
        for (const batch of particles({ chains: 20_000, steps: 8 })) {
          world.batches$.next(batch)
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
    })
    await until(() => world.server.hub.streams()[0]?.batches === 8)
    const closed = world.server.close()
    let lines = 0
    for await (const data of response) {
      for (const byte of data as Buffer) if (byte === 10) lines++
      await new Promise((resolve) => setTimeout(resolve, 2)) // in no hurry
    }
    await closed
    expect(lines).toBe(1 + 8 * 20_000)
    expect(response.trailers['heatbath-dropped-batches']).toBe('0')
  })

  test('twice is as good as once', async () => {
    const { server } = await started()
    await Promise.all([server.close(), server.close()])
  })

  test('leaves nothing that keeps the process alive', async () => {
    const script = `
      import { Subject } from 'rxjs'
      import { startServer } from '${path.resolve('dist/interfaces/server/index.js')}'
      const server = await startServer({ name: 'test', run_id: '1', folder: '/x', port: 0 })
      server.watch('particles', new Subject())
      const answers = [fetch(server.url + '/streams/particles'), fetch(server.url + '/events'), fetch(server.url + '/metrics')]
      await answers[1]
      await answers[2]
      await server.close()
      console.log((await answers[0]).status)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (data) => (out += String(data)))
    const code = await new Promise((resolve) => {
      child.on('exit', resolve)
      setTimeout(() => child.kill('SIGKILL'), 20_000).unref()
    })
    expect([code, out]).toEqual([0, '503\n'])
  })
})
