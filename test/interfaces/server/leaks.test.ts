/** A thousand clients that come and go, in every way there is, leave no handle and no memory. */
import { readdirSync } from 'node:fs'
import net from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Client, credentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { arrowFile } from '../../../src/streams/sinks/arrow-file.ts'
import type { WholeRecording } from '../../../src/streams/sinks/contract.ts'
import { runFolder, writeAll } from '../../streams/sinks/world.ts'
import { particles, SCHEMA } from '../../streams/taps/particles.ts'
import { ask, clientsOf, started, until, type World } from './world.ts'

const run = runFolder()

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heap(): Promise<number> {
  let last = Infinity
  for (let i = 0; i < 8; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    collect()
    last = Math.min(last, process.memoryUsage().heapUsed + process.memoryUsage().external)
  }
  return last
}

const handles = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : process.getActiveResourcesInfo().length)

/** One client each; resolves when it has left. */
const WAYS: readonly ((world: World) => Promise<unknown>)[] = [
  ({ server }) => aborted(`${server.url}/streams/particles`),
  ({ server }) => aborted(`${server.url}/events`),
  ({ server }) => aborted(`${server.url}/streams/recorded?from=start&format=csv`),
  ({ port }) => ask(port, '/streams/particles?limit=1&format=ndjson'),
  ({ port }) => ask(port, '/streams/recorded?from=start&every=3&rows=5'),
  ({ port }) => ask(port, '/streams/nothing'),
  ({ port }) => left(port, `GET /streams/particles HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`),
  ({ port }) => left(port, 'GET /streams/part'),
  (world) => overFlight(world, 'particles?limit=1'),
  (world) => overFlight(world, 'recorded?from=start', true),
]

async function aborted(url: string): Promise<void> {
  const controller = new AbortController()
  const answer = fetch(url, { signal: controller.signal }).then(async (response) => (response.body as ReadableStream).getReader().read())
  await answer.catch(() => undefined)
  controller.abort()
}

/** Reads a little, then hangs up. */
const left = (port: number, text: string): Promise<void> => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(text)).on('error', () => undefined).on('close', () => resolve())
  socket.once('data', () => socket.destroy())
  setTimeout(() => socket.destroy(), 20)
})

const overFlight = ({ server }: World, ticket: string, isCancelled = false): Promise<void> => new Promise((resolve) => {
  const client = new Client((server.flight as string).replace('grpc://', ''), credentials.createInsecure())
  const call = client.makeServerStreamRequest('/arrow.flight.protocol.FlightService/DoGet', (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.from([0x0a, ticket.length, ...Buffer.from(ticket)]))
  const done = (): void => {
    client.close()
    resolve()
  }
  call.on('data', () => isCancelled && call.cancel()).on('error', done).on('end', done)
})

test('clients that come and go', async () => {
  const world = await started({ flight_port: 0, limits: { idle_ms: 200, header_timeout_ms: 200 } })
  await writeAll(arrowFile({ path: 'a.arrows' }), SCHEMA, [...particles({ chains: 100, steps: 100 })], run.context)
  await world.server.hub.replay('recorded', { recording: await arrowFile({ path: 'a.arrows' }).recording?.(run.context) as WholeRecording, state: 'ended', batches: 100 })
  const batch = [...particles({ chains: 100, steps: 1 })][0] as never
  const emitting = setInterval(() => world.batches$.next(batch), 5)
  const come = async (clients: number): Promise<void> => {
    for (let at = 0; at < clients; at += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => (WAYS[(at + i) % WAYS.length] as (typeof WAYS)[number])(world)))
    await until(() => clientsOf(world) === 0)
  }
  await come(300)
  await new Promise((resolve) => setTimeout(resolve, 1000)) // connections that idle are closed
  const before = { heap: await heap(), handles: handles() }
  await come(1000)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const after = { heap: await heap(), handles: handles() }
  clearInterval(emitting)
  expect(after.handles).toBeLessThanOrEqual(before.handles + 3)
  expect(after.heap - before.heap).toBeLessThan(4 * 2 ** 20) // 4 KiB a client would show
  expect(world.faults).toEqual([])
}, 240_000)
