import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { ask, raw, started } from './world.ts'

describe('on loopback', () => {
  test.each([
    ['127.0.0.1:PORT', 200],
    ['localhost:PORT', 200],
    ['LOCALHOST:PORT', 200],
    ['127.1.2.3:PORT', 200],
    ['[::1]:PORT', 200],
    ['127.0.0.1', 403],
    ['127.0.0.1:1', 403],
    ['evil.example:PORT', 403],
    ['127.0.0.1.evil.example:PORT', 403],
    ['localhost.evil.example:PORT', 403],
    ['evil.example', 403],
    ['127.0.0.1:PORT@evil.example', 403],
    ['0.0.0.0:PORT', 403],
    ['10.0.0.1:PORT', 403],
    ['[::2]:PORT', 403],
    ['2130706433:PORT', 403],
  ])('Host %j is answered with %i', async (host, status) => {
    const { port } = await started()
    const answer = await ask(port, '/healthz', { headers: { host: host.replace('PORT', String(port)) } })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.json.code).toBe('server_host_refused')
  })

  test('a request without Host is refused, of HTTP/1.0 too', async () => {
    const { port } = await started()
    for (const head of ['HTTP/1.0', 'HTTP/1.1', 'HTTP/1.1\r\nHost:']) expect(await raw(port, `GET /healthz ${head}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 [^]*server_host_refused/)
  })

  test('a request of HTTP/1.0 is answered in full', async () => {
    const { port, batches$ } = await started()
    batches$.complete()
    expect(await raw(port, `GET /streams/particles?format=csv HTTP/1.0\r\nHost: localhost:${port}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 410 /)
  })

  test.each([
    [{ origin: 'http://127.0.0.1:PORT' }, 200],
    [{ origin: 'http://localhost:PORT' }, 403], // another origin than the Host that was asked
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'https://127.0.0.1:PORT' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    [{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
  ])('%j is answered with %i', async (headers, status) => {
    const { port } = await started()
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]))
    const answer = await ask(port, '/streams', { headers: given })
    expect(answer.status).toBe(status)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('no token is asked for, unless there is one', async () => {
    expect((await ask((await started()).port, '/healthz')).status).toBe(200)
    expect((await ask((await started({ token: 'x'.repeat(16) })).port, '/healthz')).status).toBe(401)
  })
})

describe('a token', () => {
  const token = 'b0a7f3e2c1d4958677'

  test.each([
    [undefined, 401], ['', 401], ['Bearer', 401], ['Bearer ', 401], [`Bearer ${token}`, 200], [`bearer ${token}`, 200],
    [`Bearer ${token}x`, 401], [`Bearer ${token.slice(1)}`, 401], [`Basic ${token}`, 401], [token, 401], [`Bearer ${token} ${token}`, 401],
  ])('%j is answered with %i', async (authorization, status) => {
    const { port } = await started({ token })
    for (const path of ['/streams', '/events', '/metrics', '/healthz', '/ready', '/openapi.json', '/nothing']) {
      const answer = await ask(port, path, { method: 'HEAD', headers: authorization === undefined ? {} : { authorization } })
      expect([path, answer.status]).toEqual([path, status === 401 ? 401 : path === '/nothing' ? 404 : 200])
      if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  test('is nowhere in what is answered', async () => {
    const { port } = await started({ token })
    for (const path of ['/', '/streams', '/metrics', '/openapi.json', '/nothing', `/streams/x?token=${'y'.repeat(10)}`]) {
      const { body, headers } = await ask(port, path, { headers: { authorization: `Bearer ${token}` } })
      expect(body + JSON.stringify(headers)).not.toContain(token)
    }
  })

  test('is needed on any address but loopback, and then any Host will do', async () => {
    for (const empty of [{}, { token: '' }]) {
      await expect(started({ host: '0.0.0.0', ...empty })).rejects.toMatchObject({ code: 'server_token_missing', message: 'to be reached at 0.0.0.0 the server of a run needs a token' })
    }
    const { port } = await started({ host: '0.0.0.0', token })
    expect((await ask(port, '/healthz')).status).toBe(401)
    expect((await ask(port, '/healthz', { headers: { authorization: `Bearer ${token}`, host: 'lab.example' } })).status).toBe(200)
  })
})

describe('what is no request', () => {
  test.each([
    ['not HTTP', 'nonsense\r\n\r\n', 400, 'server_request_malformed'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n', 400, 'server_request_malformed'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'server_request_malformed'],
    ['both a length and chunks', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'server_request_malformed'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00', 400, 'server_request_malformed'],
    ['large headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'server_headers_large'],
    ['an endless target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n`, 431, 'server_headers_large'],
  ])('%s', async (_, text, status, code) => {
    const { port } = await started()
    const answer = await raw(port, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code })
  })

  test('a long URL', async () => {
    const { port } = await started()
    expect(await ask(port, `/streams?${'x'.repeat(5000)}`)).toMatchObject({ status: 414, json: { code: 'server_url_long' } })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('%s', async (method) => {
    const { port } = await started()
    for (const path of ['/', '/streams', '/nothing']) {
      expect(await ask(port, path, { method, headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    }
  })

  test('half a request, or none, does not hold a connection for long', async () => {
    const { port } = await started({ limits: { header_timeout_ms: 200, request_timeout_ms: 200 } })
    const begun = performance.now()
    const answers = await Promise.all([raw(port, 'GET / HTTP/1.1\r\nHost: loc'), new Promise<string>((resolve) => net.connect(port, '127.0.0.1').resume().on('close', () => resolve('')).on('error', () => undefined))])
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(answers[0]).toMatch(/^HTTP\/1\.1 408 [^]*server_request_slow/)
  })

  test('an idle connection is closed', async () => {
    const { port } = await started({ limits: { idle_ms: 100 } })
    expect(await raw(port, `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('more connections than allowed are closed at once', async () => {
    const { port } = await started({ limits: { connections: 3 } })
    const sockets = Array.from({ length: 6 }, () => net.connect(port, '127.0.0.1'))
    const closed = await Promise.all(sockets.map((socket) => new Promise<boolean>((resolve) => {
      socket.on('error', () => undefined).on('close', () => resolve(true)).resume()
      setTimeout(() => resolve(false), 300)
    })))
    expect(closed.filter(Boolean)).toHaveLength(3)
    sockets.forEach((socket) => socket.destroy())
  })
})
