/** Arrow Flight: what pyarrow reads is what was emitted; what nobody may ask is refused; nothing is left. */
import { spawn } from 'node:child_process'
import net from 'node:net'
import { Client, credentials, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flightService } from '../../../src/interfaces/server/flight/protocol.ts'
import { needs } from '../../needs.ts'
import { particles, rowsOf } from '../../streams/taps/particles.ts'
import { selfSigned } from './certificate.ts'
import { python, pythonLines } from './python.ts'
import { clientsOf, started, until, type World } from './world.ts'

const portOf = ({ server }: World): number => Number(new URL((server.flight ?? '').replace('grpc', 'http')).port)

const withFlight = (options: Parameters<typeof started>[0] = {}): Promise<World> => started({ flight_port: 0, ...options })

/** Calls a method as a client in JavaScript would; for a stream, all its messages. */
function call(world: World, method: 'ListFlights' | 'GetFlightInfo' | 'GetSchema' | 'DoGet', request: object, { token, host }: { token?: string; host?: string } = {}): Promise<unknown[]> {
  const client = new Client(`127.0.0.1:${portOf(world)}`, credentials.createInsecure(), host === undefined ? {} : { 'grpc.default_authority': host })
  const { path, requestSerialize, responseStream } = flightService()[method] as { path: string; requestSerialize: (value: object) => Buffer; responseStream: boolean }
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', token)
  return new Promise<unknown[]>((resolve, reject) => {
    const raw = (bytes: Buffer): Buffer => bytes
    if (!responseStream) return void client.makeUnaryRequest(path, requestSerialize, raw, request, metadata, (error, value) => (error === null ? resolve([value]) : reject(error)))
    const found: unknown[] = []
    const stream: ClientReadableStream<Buffer> = client.makeServerStreamRequest(path, requestSerialize, raw, request, metadata)
    stream.on('data', (data) => found.push(data)).on('error', reject).on('end', () => resolve(found))
  }).finally(() => client.close())
}

const ticket = (text: string): object => ({ ticket: Buffer.from(text) })
const failure = (promise: Promise<unknown>): Promise<Pick<ServiceError, 'code' | 'details'>> => promise.then(() => ({ code: status.OK, details: '' }), ({ code, details }: ServiceError) => ({ code, details }))

describe('pyarrow', () => {
  needs('python')
  needs('openssl')

  test('lists streams, learns their columns, and reads every row while the stream goes on', async () => {
    const world = await withFlight({ token: '0123456789abcdef', phases: [{ streams: ['particles'] }, { streams: ['late'] }] })
    const { lines, exit } = pythonLines(`
import json, sys
import pyarrow.flight as fl
client = fl.connect(sys.argv[1])
options = fl.FlightCallOptions(headers=[(b'authorization', b'Bearer 0123456789abcdef')])
reader = client.do_get(fl.Ticket(b'particles'), options)
print(json.dumps({'schema': reader.schema.names, 'pipeline': reader.schema.metadata[b'heatbath.pipeline'].decode()}), flush=True)
infos = list(client.list_flights(options=options))
info = client.get_flight_info(fl.FlightDescriptor.for_path('particles'), options)
schema = client.get_schema(fl.FlightDescriptor.for_command(b'particles?columns=x,step'), options).schema
print(json.dumps({
    'names': [i.descriptor.path[0].decode() for i in infos], 'columns': info.schema.names, 'records': info.total_records, 'some': schema.names,
    'tickets': [e.ticket.ticket.decode() for e in info.endpoints], 'state': json.loads(info.app_metadata)['state'],
}), flush=True)
for chunk in reader:
    chunk.data.validate(full=True)
    print(json.dumps({'step': chunk.data['step'].to_pylist(), 'chain': chunk.data['chain'].to_pylist(), 'x': chunk.data['x'].to_pylist()}), flush=True)
print(json.dumps({'end': True}), flush=True)
`, world.server.flight as string)
    await until(() => clientsOf(world) === 1, 20_000)
    const all = [...particles({ chains: 200, steps: 300, steps_per_buffer: 16 })]
    world.batches$.next(all[0] as never)
    await until(() => lines.length > 1, 20_000)
    for (const batch of all.slice(1)) {
      world.batches$.next(batch)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until(() => lines.length > 10, 20_000) // it reads while the stream goes on
    world.batches$.complete()
    expect(await exit).toBe(0)
    expect(lines[0]).toEqual({ schema: ['step', 'chain', 'x', 'energy'], pipeline: 'test' })
    expect(lines[1]).toEqual({ names: ['particles', 'late'], columns: ['step', 'chain', 'x', 'energy'], records: -1, some: ['x', 'step'], tickets: ['particles'], state: 'running' })
    expect(lines.at(-1)).toEqual({ end: true })
    const rows = lines.slice(2, -1).flatMap(({ step, chain, x }) => (step as number[]).map((s, i) => ({ step: s, chain: (chain as number[])[i], x: (x as number[])[i] })))
    expect(rows).toEqual(all.flatMap(rowsOf))
  })

  test('some steps, chains and columns, by a ticket; over TLS', async () => {
    const { cert, key, cert_file } = selfSigned()
    const world = await withFlight({ tls: { cert, key } })
    const reading = python(`
import json, sys
import pyarrow.flight as fl
client = fl.connect(sys.argv[1].replace('127.0.0.1', 'localhost'), tls_root_certs=open(sys.argv[2], 'rb').read())
table = client.do_get(fl.Ticket(b'particles?every=7&rows=5&columns=step,chain&from=start')).read_all()
print(json.dumps({'names': table.column_names, 'steps': sorted(set(table['step'].to_pylist())), 'chains': len(set(table['chain'].to_pylist())), 'rows': table.num_rows}))
`, world.server.flight as string, cert_file)
    await until(() => clientsOf(world) === 1, 20_000)
    for (const batch of particles({ chains: 200, steps: 50 })) world.batches$.next(batch)
    world.batches$.complete()
    expect(await reading).toEqual({ names: ['step', 'chain'], steps: [1, 8, 15, 22, 29, 36, 43, 50], chains: 5, rows: 40 })
  })

  test('a stream that fails is a failed call, after the rows that came', async () => {
    const world = await withFlight()
    const reading = python(`
import json, sys
import pyarrow.flight as fl
reader = fl.connect(sys.argv[1]).do_get(fl.Ticket(b'particles'))
rows = 0
try:
    for chunk in reader: rows += chunk.data.num_rows
    print(json.dumps({'rows': rows, 'error': None}))
except Exception as error:
    print(json.dumps({'rows': rows, 'error': str(error)}))
`, world.server.flight as string)
    await until(() => clientsOf(world) === 1, 20_000)
    for (const batch of particles({ chains: 20, steps: 5 })) world.batches$.next(batch)
    world.batches$.error(new Error('broken'))
    expect(await reading).toEqual({ rows: 100, error: expect.stringContaining('server_stream_failed: the stream particles failed') as string })
  })

  test('that does not read loses batches, is told how many, and harms nobody', async () => {
    const world = await withFlight()
    const { lines, exit, child } = pythonLines(`
import json, sys
import pyarrow.flight as fl
reader = fl.connect(sys.argv[1]).do_get(fl.Ticket(b'particles'))
print(json.dumps({'ready': reader.schema.names}), flush=True)
sys.stdin.readline()
rows, told = 0, {}
for chunk in reader:
    rows += chunk.data.num_rows
    if chunk.app_metadata is not None: told = json.loads(chunk.app_metadata.to_pybytes())
print(json.dumps({'rows': rows, **told}), flush=True)
`, world.server.flight as string)
    const all = particles({ chains: 5000, steps: 2000 })
    await until(() => clientsOf(world) === 1, 20_000)
    world.batches$.next(all.next().value as never)
    await until(() => lines.length === 1, 20_000)
    for (const batch of all) {
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    world.batches$.complete()
    child.stdin?.end('\n')
    expect(await exit).toBe(0)
    const { rows, dropped_rows: lost, dropped_batches: batches } = lines[1] as Record<string, number>
    expect(batches).toBeGreaterThan(100)
    expect((rows as number) + (lost as number)).toBe(2000 * 5000)
    expect(world.server.hub.streams()[0]).toMatchObject({ dropped_batches: batches, dropped_rows: lost })
  })
})

describe('refused', () => {
  test.each([
    ['no token', {}, status.UNAUTHENTICATED],
    ['a wrong token', { token: 'Bearer 0123456789abcdee' }, status.UNAUTHENTICATED],
    ['part of the token', { token: 'Bearer 0123456789abcde' }, status.UNAUTHENTICATED],
    ['another scheme', { token: 'Basic 0123456789abcdef' }, status.UNAUTHENTICATED],
    ['another host', { token: 'Bearer 0123456789abcdef', host: 'evil.example' }, status.PERMISSION_DENIED],
    ['nothing', { token: 'Bearer 0123456789abcdef' }, status.OK],
  ])('%s', async (_, caller, code) => {
    const world = await withFlight({ token: '0123456789abcdef' })
    const options = 'host' in caller ? { ...caller, host: `${caller.host}:${portOf(world)}` } : caller
    for (const batch of particles({ chains: 2, steps: 1 })) world.batches$.next(batch)
    world.batches$.complete()
    const path = { type: 'PATH', path: ['particles'] }
    for (const [method, request] of [['ListFlights', {}], ['GetFlightInfo', path], ['GetSchema', path], ['DoGet', ticket('particles')]] as const) {
      expect([method, (await failure(call(world, method, request, options))).code]).toEqual([method, code])
    }
    expect(clientsOf(world)).toBe(0)
  })

  test.each([
    ['nothing', status.NOT_FOUND, /^tap_stream_unknown: there is no stream nothing in this run\. Its streams: particles\.$/],
    ['../../etc/passwd', status.NOT_FOUND, /^tap_stream_unknown: /],
    ['', status.NOT_FOUND, /^tap_stream_unknown: /],
    ['%zz', status.INVALID_ARGUMENT, /^server_query: the name of the stream is not encoded/],
    ['particles?every=0', status.INVALID_ARGUMENT, /^server_query: every is a whole number/],
    ['particles?every=1&every=2', status.INVALID_ARGUMENT, /^server_query: every is given once/],
    ['particles?format=csv', status.INVALID_ARGUMENT, /^server_query: there is no parameter format: there are every, rows, rate, columns, from, limit\./],
    ['particles?columns=z', status.INVALID_ARGUMENT, /^tap_column_unknown: /],
    ['particles?limit=1', status.OK, /^$/],
  ])('%j: %i', async (text, code, details) => {
    const world = await withFlight()
    for (const batch of particles({ chains: 2, steps: 1 })) world.batches$.next(batch)
    const told = await failure(call(world, 'DoGet', ticket(text)))
    expect(told.code).toBe(code)
    expect(told.details).toMatch(details)
    await until(() => clientsOf(world) === 0)
    expect(world.faults).toEqual([])
  })

  test('columns that are not known yet; a stream that ended without a batch; a client too many', async () => {
    const world = await withFlight({ limits: { clients: 1 } })
    expect(await failure(call(world, 'GetSchema', { type: 'CMD', cmd: Buffer.from('particles') }))).toMatchObject({ code: status.UNAVAILABLE })
    const waiting = failure(call(world, 'DoGet', ticket('particles')))
    await until(() => clientsOf(world) === 1)
    expect(await failure(call(world, 'DoGet', ticket('particles')))).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
    world.batches$.complete()
    expect(await waiting).toMatchObject({ code: status.NOT_FOUND, details: expect.stringMatching(/^server_stream_empty/) as string })
    expect(await failure(call(world, 'GetFlightInfo', { type: 'PATH', path: ['a', 'b'] }))).toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  test('a port that is taken: nothing is left of the other one', async () => {
    const world = await withFlight()
    const port = portOf(world)
    await expect(withFlight({ flight_port: port })).rejects.toMatchObject({ code: 'server_port_taken' })
  })

  test('any bytes as a ticket, a descriptor, or a whole request: a status, never a fault', async () => {
    const world = await withFlight()
    for (const batch of particles({ chains: 2, steps: 1 })) world.batches$.next(batch)
    world.batches$.complete()
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)), fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)), fc.constantFrom('particles?', 'particles?rows=1e9', '%00', '__proto__', 'constructor').map((text) => Buffer.from(text)))
    const known = [status.OK, status.NOT_FOUND, status.INVALID_ARGUMENT]
    await fc.assert(fc.asyncProperty(bytes, fc.constantFrom('DoGet', 'GetFlightInfo', 'GetSchema', 'ListFlights'), async (value, method) => {
      const request = method === 'DoGet' ? { ticket: value } : method === 'ListFlights' ? { expression: value } : { type: 'CMD', cmd: value }
      expect(known).toContain((await failure(call(world, method as 'DoGet', request))).code)
    }), { numRuns: 150 })
    expect(world.faults).toEqual([])
  })
})

describe('connections', () => {
  const connected = (port: number): net.Socket => net.connect(port, '127.0.0.1').on('error', () => undefined).resume()
  const closed = (socket: net.Socket): Promise<void> => new Promise((resolve) => void socket.once('close', resolve))

  test('that say nothing, nonsense, or half of a greeting do not last', async () => {
    const world = await withFlight({ limits: { idle_ms: 200, header_timeout_ms: 200 } })
    const sockets = ['', 'GET / HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n', '\x00\x01\x02\x03'.repeat(50), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'].map((text) => {
      const socket = connected(portOf(world))
      socket.write(text, 'latin1')
      return socket
    })
    await Promise.all(sockets.map(closed))
    expect(world.faults).toEqual([])
    expect((await call(world, 'ListFlights', {})).length).toBe(1)
  })

  test('beyond the limit are closed at once', async () => {
    const world = await withFlight({ limits: { connections: 3, idle_ms: 60_000 } })
    const sockets = Array.from({ length: 6 }, () => connected(portOf(world)))
    let gone = 0
    for (const socket of sockets) socket.once('close', () => gone++)
    await until(() => gone === 3)
    sockets.forEach((socket) => socket.destroy())
  })

  test('any bytes: no fault', async () => {
    const world = await withFlight({ limits: { idle_ms: 50, header_timeout_ms: 50 } })
    const greeting = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 200 }), async (isGreeted, bytes) => {
      const socket = connected(portOf(world))
      if (isGreeted) socket.write(greeting)
      socket.end(bytes)
      await closed(socket)
    }), { numRuns: 200 })
    expect(world.faults).toEqual([])
    expect((await call(world, 'ListFlights', {})).length).toBe(1)
  })

  test('of clients that are killed leave nothing', async () => {
    const world = await withFlight()
    const script = `
      import { Client, credentials } from '@grpc/grpc-js'
      const client = new Client('127.0.0.1:${portOf(world)}', credentials.createInsecure())
      const request = Buffer.from([0x0a, 9, ...Buffer.from('particles')])
      for (let i = 0; i < 5; i++) client.makeServerStreamRequest('/arrow.flight.protocol.FlightService/DoGet', (b) => b, (b) => b, request).on('data', () => {}).on('error', () => {})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    await until(() => clientsOf(world) === 5, 20_000)
    child.kill('SIGKILL')
    await until(() => clientsOf(world) === 0)
    expect(world.faults).toEqual([])
  })
})

describe('close', () => {
  test('ends streams that go on', async () => {
    const world = await withFlight()
    for (const batch of particles({ chains: 2, steps: 1 })) world.batches$.next(batch)
    const reading = call(world, 'DoGet', ticket('particles'))
    const waiting = failure(call(world, 'DoGet', ticket('particles?from=start')))
    await until(() => clientsOf(world) === 2)
    const begun = performance.now()
    await world.server.close()
    expect(performance.now() - begun).toBeLessThan(900)
    expect(await reading).toHaveLength(2) // the schema and a batch
    expect((await waiting).code).toBe(status.OK)
  })

  test('waits for a client that does not read, but not for long', async () => {
    const world = await withFlight({ limits: { close_ms: 100 } })
    const client = new Client(`127.0.0.1:${portOf(world)}`, credentials.createInsecure())
    const stream = client.makeServerStreamRequest('/arrow.flight.protocol.FlightService/DoGet', (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.from([0x0a, 9, ...Buffer.from('particles')]))
    stream.on('error', () => undefined).pause()
    await until(() => clientsOf(world) === 1)
    for (const batch of particles({ chains: 50_000, steps: 30 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await world.server.close()
    expect(clientsOf(world)).toBe(0)
    client.close()
  })
})
