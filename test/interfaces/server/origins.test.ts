/** Pages of other sites: refused, but for origins that were named. */
import { describe, expect, test } from 'vitest'
import { particles } from '../../streams/taps/particles.ts'
import { ask, started } from './world.ts'

const LAB = 'https://lab.example'

describe('an origin that was named', () => {
  test('may read answers, failures and streams', async () => {
    const world = await started({ origins: [LAB, 'http://localhost:3000'] })
    for (const batch of particles({ chains: 2, steps: 1 })) world.batches$.next(batch)
    world.batches$.complete()
    for (const [path, status] of [['/streams', 200], ['/nothing', 404], ['/streams/particles?format=csv', 200], ['/streams/particles?every=0', 400]] as const) {
      for (const origin of [LAB, 'http://localhost:3000']) {
        const answer = await ask(world.port, path, { headers: { origin, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } })
        expect([path, answer.status, answer.headers['access-control-allow-origin']]).toEqual([path, status, origin])
        expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
      }
    }
  })

  test('may ask with OPTIONS first, and then needs the token', async () => {
    const { port } = await started({ origins: [LAB], token: '0123456789abcdef' })
    const before = await ask(port, '/streams', { method: 'OPTIONS', headers: { origin: LAB, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } })
    expect([before.status, before.body]).toEqual([204, ''])
    expect(before.headers).toMatchObject({ 'access-control-allow-origin': LAB, 'access-control-allow-methods': 'GET, HEAD', 'access-control-allow-headers': 'authorization, last-event-id' })
    expect((await ask(port, '/streams', { headers: { origin: LAB } })).status).toBe(401)
    expect((await ask(port, '/streams', { headers: { origin: LAB, authorization: 'Bearer 0123456789abcdef' } })).status).toBe(200)
    expect((await ask(port, '/streams', { method: 'OPTIONS', headers: { origin: LAB, authorization: 'Bearer 0123456789abcdef' } })).status).toBe(405) // no question of a browser
    expect((await ask(port, '/streams', { method: 'POST', headers: { origin: LAB, authorization: 'Bearer 0123456789abcdef' } })).status).toBe(405)
  })

  test('is compared whole; the Host is checked all the same', async () => {
    const { port } = await started({ origins: [LAB] })
    for (const origin of ['https://lab.example.evil.example', 'http://lab.example', 'https://lab.example:8443', 'https://evil.example', 'null', '*']) {
      const answer = await ask(port, '/streams', { headers: { origin } })
      expect([origin, answer.status, answer.headers['access-control-allow-origin']]).toEqual([origin, 403, undefined])
      expect((await ask(port, '/streams', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } })).status).toBe(403)
    }
    expect((await ask(port, '/streams', { headers: { origin: LAB, host: 'lab.example' } })).status).toBe(403)
  })
})

test('without any named, OPTIONS is answered like every other method, and nothing is allowed', async () => {
  const { port } = await started()
  const { status, headers } = await ask(port, '/streams', { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } })
  expect(status).toBe(405)
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

test.each(['*', 'lab.example', 'https://lab.example/', 'https://lab.example/path', 'https://LAB.example', ''])('%j is no origin', async (origin) => {
  await expect(started({ origins: [origin] })).rejects.toMatchObject({ code: 'server_origin_invalid' })
})
