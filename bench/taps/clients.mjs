/**
 * Clients of a run, in a process of their own: they read all they are sent and throw it away.
 *
 *   node clients.mjs URL FLIGHT|none HTTP_CLIENTS FLIGHT_CLIENTS
 *
 * When the streams end it prints what they got, as JSON.
 */
import http from 'node:http'
import { Client, credentials } from '@grpc/grpc-js'

const [url = '', flight = 'none', numHttp = '20', numFlight = '2'] = process.argv.slice(2)

/** @type {(i: number) => Promise<{ bytes: number, dropped_batches: number }>} */
const overHttp = () => new Promise((resolve) => {
  let bytes = 0
  http.get(`${url}/streams/particles`, { agent: false }, (response) => {
    const done = () => resolve({ bytes, dropped_batches: Number(response.trailers['heatbath-dropped-batches'] ?? NaN) })
    response.on('data', (data) => (bytes += data.length)).on('end', done).on('error', done)
  }).on('error', () => resolve({ bytes, dropped_batches: NaN }))
})

/** @type {(i: number) => Promise<{ bytes: number, dropped_batches: number }>} */
const overFlight = () => new Promise((resolve) => {
  const client = new Client(flight.replace('grpc://', ''), credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 })
  let [bytes, dropped] = [0, NaN]
  const call = client.makeServerStreamRequest('/arrow.flight.protocol.FlightService/DoGet', (/** @type {Buffer} */ b) => b, (b) => b, Buffer.from([0x0a, 9, ...Buffer.from('particles')]))
  const done = () => resolve({ bytes, dropped_batches: dropped })
  call.on('data', (data) => (bytes += data.length)).on('status', ({ metadata }) => {
    dropped = Number(metadata.get('heatbath-dropped-batches')[0] ?? NaN)
    done()
  }).on('error', done)
})

const found = await Promise.all([
  ...Array.from({ length: Number(numHttp) }, (_, i) => overHttp(i)),
  ...(flight === 'none' ? [] : Array.from({ length: Number(numFlight) }, (_, i) => overFlight(i))),
])
const { user, system } = process.cpuUsage()
process.stdout.write(`${JSON.stringify({
  clients: found.length,
  mib: Math.round(found.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20),
  dropped_batches: found.reduce((sum, { dropped_batches }) => sum + dropped_batches, 0) / found.length,
  cpu_s: (user + system) / 1e6,
})}\n`)
process.exit()
