/** HTTPS, for addresses that others reach. */
import https from 'node:https'
import tls from 'node:tls'
import { describe, expect, test } from 'vitest'
import { needs } from '../../needs.ts'
import { particles } from '../../streams/taps/particles.ts'
import { selfSigned } from './certificate.ts'
import { raw, started, until } from './world.ts'

needs('openssl')

function get(url: string, ca: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; body: string; trailers: NodeJS.Dict<string> }> {
  return new Promise((resolve, reject) => {
    https.get(url, { ca, headers, servername: 'localhost', agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => resolve({ status: response.statusCode, body, trailers: response.trailers }))
    }).on('error', reject)
  })
}

describe('with a certificate', () => {
  test('everything is as without, but secret', async () => {
    const { cert, key } = selfSigned()
    const world = await started({ tls: { cert, key }, token: '0123456789abcdef' })
    expect(world.server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    for (const batch of particles({ chains: 2, steps: 2 })) world.batches$.next(batch)
    world.batches$.complete()
    const authorization = 'Bearer 0123456789abcdef'
    expect((await get(`${world.server.url}/healthz`, cert)).status).toBe(401)
    expect((await get(`${world.server.url}/healthz`, cert, { authorization })).status).toBe(200)
    expect(await get(`${world.server.url}/streams/particles?format=csv&columns=step,chain&from=start`, cert, { authorization })).toMatchObject({
      status: 200, body: 'step,chain\n1,0\n1,1\n2,0\n2,1\n', trailers: { 'heatbath-state': 'ended' },
    })
    const origin = world.server.url
    expect((await get(`${world.server.url}/streams`, cert, { authorization, origin })).status).toBe(200)
    expect((await get(`${world.server.url}/streams`, cert, { authorization, origin: origin.replace('https', 'http') })).status).toBe(403)
    expect((await get(`${world.server.url}/streams`, cert, { authorization, host: 'evil.example' })).status).toBe(403)
  })

  test('what is not TLS, or stops half way, is closed', async () => {
    const { cert, key } = selfSigned()
    const world = await started({ tls: { cert, key }, limits: { header_timeout_ms: 200 } })
    expect(await raw(world.port, `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\n\r\n`)).not.toContain('ok')
    expect(await raw(world.port, '\x16\x03\x01\x02\x00\x01\x00')).toBeDefined() // until the server closes
    expect(world.faults).toEqual([])
    expect((await get(`${world.server.url}/healthz`, cert)).status).toBe(200)
  })

  test('a handshake under way does not hold the server up when it closes', async () => {
    const { cert, key } = selfSigned()
    const world = await started({ tls: { cert, key }, flight_port: 0 })
    const ports = [world.port, Number(new URL((world.server.flight ?? '').replace('grpc+tls', 'http')).port)]
    const closed = ports.map((port) => raw(port, '\x16\x03\x01\x02\x00\x01\x00'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const begun = performance.now()
    await world.server.close()
    await Promise.all(closed)
    expect(performance.now() - begun).toBeLessThan(5000) // the handshake would have ten seconds
  })

  test('old TLS is refused', async () => {
    const { cert, key } = selfSigned()
    const world = await started({ tls: { cert, key } })
    let error: Error | undefined
    const socket = tls.connect({ port: world.port, host: '127.0.0.1', ca: cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }).on('error', (failure) => (error = failure))
    await until(() => error !== undefined)
    socket.destroy()
  })
})

describe('a certificate that cannot be used', () => {
  test.each([
    ['no PEM', () => ({ cert: 'nonsense', key: 'nonsense' })],
    ['the key of another', () => ({ cert: selfSigned().cert, key: selfSigned().key })],
  ])('%s', async (_, pair) => {
    await expect(started({ tls: pair() })).rejects.toMatchObject({ code: 'server_tls_invalid' })
  })
})
