/** A server with one stream, and clients for it. */
import { RecordBatchReader, type RecordBatch } from 'apache-arrow'
import http, { type IncomingHttpHeaders } from 'node:http'
import net from 'node:net'
import { Subject } from 'rxjs'
import { afterEach } from 'vitest'
import { servedPipeline, startServer, type RunServer, type ServedPipeline, type ServerOptions } from '../../../src/interfaces/server/index.ts'
import { lint } from '../../../src/pipelines/lint.ts'
import type { Meter } from '../../../src/pipelines/meter.ts'

export interface World {
  readonly server: RunServer
  readonly batches$: Subject<RecordBatch>
  readonly port: number
  readonly faults: unknown[]
}

const open: RunServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

/** On a port of its own, closed when the test is over; `particles` is fed by `batches$`. */
export async function started(options: Partial<ServerOptions> = {}): Promise<World> {
  const faults: unknown[] = []
  const server = await startServer({
    name: 'test', run_id: '20261124-201530-3f9a', folder: '/runs/test', port: 0, onFault: (fault) => faults.push(fault), ...options,
  })
  open.push(server)
  const batches$ = new Subject<RecordBatch>()
  server.watch('particles', batches$)
  return { server, batches$, port: Number(new URL(server.url).port), faults }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: NodeJS.Dict<string>
  readonly body: string
  readonly json: { readonly code?: string; readonly message?: string; readonly hint?: string }
}

/** One request, with any headers and path, as they are. */
export function ask(port: number, path: string, { headers = {}, method = 'GET', host = '127.0.0.1' }: { headers?: http.OutgoingHttpHeaders; method?: string; host?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http.request({ host, port, path, headers, method, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text)).on('error', reject).on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json') === true && body !== ''
        resolve({ status: response.statusCode ?? 0, headers: response.headers, trailers: response.trailers, body, json: isJson ? JSON.parse(body) as Answer['json'] : {} })
      })
    }).on('error', reject).end()
  })
}

/** Sends bytes as they are, and gives what comes back until the server closes. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('latin1').on('data', (data: string) => (answer += data)).on('error', () => undefined).on('close', () => resolve(answer))
  })
}

export async function arrowBatches(url: string, headers: Record<string, string> = {}): Promise<RecordBatch[]> {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const reader = await RecordBatchReader.from(response)
  const batches: RecordBatch[] = []
  for await (const batch of reader) batches.push(batch)
  return batches
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) throw new Error('it never came to hold')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export const clientsOf = ({ server }: World): number => server.hub.streams().reduce((sum, { clients }) => sum + clients, 0)

/** A pipeline as a server tells of it: particles on eight Gaussians in a ring, and their health. */
export async function ring(meter?: Meter): Promise<ServedPipeline> {
  const { declaration } = await lint(`name: ring
seed: 1
streams:
  particles:
    sample: { energy: { ring_of_gaussians: { modes: 8, radius: 4, scale: 0.5 } }, temperature: 2, sampler: { langevin: { step_size: 0.01 } }, chains: 400, steps: 100, burn_in: 20 }
  health: { from: particles, through: [{ diagnose: { every: 10 } }] }
outputs:
  - { from: health, console: {} }
`)
  if (declaration === undefined) throw new Error('the pipeline of the tests is wrong')
  return servedPipeline(declaration, meter)
}
