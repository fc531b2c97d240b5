/** What the server answers to anything is what /openapi.json says. */
import fc from 'fast-check'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApi } from '../../../src/interfaces/server/index.ts'
import { particles } from '../../streams/taps/particles.ts'
import { ask, raw, ring, started, type World } from './world.ts'

/** Requests are thousands; HEATBATH_FUZZ=10 makes them ten times as many. */
const RUNS = 150 * Number(process.env.HEATBATH_FUZZ ?? 1)

/** A file of the page. */
const ASSET = readdirSync('dist/interfaces/page/assets').find((name) => name.endsWith('.css')) as string
const PATHS = Object.keys(openApi.paths)
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('..', '../..', '%2e%2e%2f', '%00', '%', '%zz', '//', '\\', '/etc/passwd', 'C:\\', 'constructor', '__proto__', '1e999', '-1', '0', '9'.repeat(40), 'x'.repeat(3000), "' OR 1=1", '<script>', '${7*7}', '\u{1f600}'),
)
/** What a client can send in a header. */
const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => text.trim())
const segment = fc.oneof(nasty.map(encodeURIComponent), nasty, fc.constantFrom('streams', 'particles', 'events', 'metrics', 'healthz'))
/** A path of the description, with names that there are. */
const filled = (p: string): string => p.replace('{name}', 'particles').replace('{file}', ASSET)
const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PATHS.map(filled)) },
  { weight: 2, arbitrary: segment.map((s) => `/streams/${s}`) },
  { weight: 2, arbitrary: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`) },
)
const value = fc.oneof(fc.constantFrom('1', '2', '7', '-6,6', '6,-6', '0,1e-30', '100', 'arrow', 'ndjson', 'csv', 'latest', 'start', 'x', 'step,x', 'chain', 'x,x', ''), nasty.map(encodeURIComponent))
const parameter = fc.tuple(fc.oneof(fc.constantFrom('every', 'rows', 'rate', 'columns', 'from', 'limit', 'format', 'x', 'y'), nasty.map(encodeURIComponent)), value).map(([name, text]) => `${name}=${text}`)
const query = fc.oneof(fc.constant(''), fc.array(parameter, { maxLength: 4 }).map((parts) => `?${parts.join('&')}`))

/** Of a stream that has ended, so that every answer does. */
async function ended(options: Parameters<typeof started>[0] = {}): Promise<World> {
  const world = await started({ pipeline: await ring(), ...options, limits: { header_timeout_ms: 200, request_timeout_ms: 200, idle_ms: 50 } })
  for (const batch of particles({ chains: 50, steps: 5 })) world.batches$.next(batch)
  world.batches$.complete()
  world.server.event({ event: 'end', status: 'completed', seconds: 1 })
  return world
}

const FORMS = [[/^\/streams\/[^/]*$/, '/streams/{name}'], [/^\/streams\/[^/]*\/landscape$/, '/streams/{name}/landscape'], [/^\/assets\/[^/]*$/, '/assets/{file}']] as const

/** The codes that may come for a path: those of the operation that it names, or of none. */
function documented(url: string): readonly string[] {
  const [target = ''] = url.split('?')
  const [, form] = FORMS.find(([shape]) => shape.test(target)) ?? []
  const operation = openApi.paths[target] ?? openApi.paths[form ?? '']
  return [...Object.keys(operation?.get.responses ?? {}), '404', '400', '414', '431']
}

test('paths and queries: only documented answers, each a failure with a code or what was asked for', async () => {
  const world = await ended()
  await fc.assert(fc.asyncProperty(path, query, fc.constantFrom('GET', 'HEAD'), async (p, q, method) => {
    const url = `${p}${q}`
    fc.pre(!/[^\x21-\x7e]/.test(url)) // an HTTP client sends no others; the next test does
    const { status, body, json } = await ask(world.port, url, { method })
    expect(documented(url)).toContain(String(status))
    expect(body).not.toMatch(/\bat .*\.[jt]s:\d+|node_modules|root:x:/)
    if (status >= 400 && method === 'GET') expect(Object.keys(json)).toEqual(['code', 'message', 'hint'])
  }), { numRuns: 10 * RUNS })
  expect(world.faults).toEqual([])
  expect((await ask(world.port, '/healthz')).status).toBe(200)
}, 240_000)

test('headers of every kind: nothing without the token, nothing for other hosts and origins, nothing but what is documented', async () => {
  const token = '0123456789abcdef'
  const world = await ended({ token, origins: ['https://lab.example'] })
  const { port } = world
  const host = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(`127.0.0.1:${port}`, `localhost:${port}`) }, fc.constantFrom('evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1', `[::1]:${port}`), printable.filter((text) => text !== '')) // Node's client sends its own for none
  const origin = fc.oneof(fc.constantFrom(undefined, undefined, undefined, 'https://lab.example', 'null', 'https://evil.example', `http://127.0.0.1:${port}`), printable)
  const authorization = fc.oneof({ weight: 4, arbitrary: fc.constant(`Bearer ${token}`) }, fc.constantFrom(undefined, 'Bearer', `Bearer ${token.slice(1)}`, `Bearer ${token}0`, `Basic ${token}`, `Bearer ${token.toUpperCase()}`), printable)
  const others = fc.dictionary(fc.constantFrom('accept', 'range', 'if-none-match', 'last-event-id', 'sec-fetch-site', 'sec-fetch-mode', 'access-control-request-method', 'x-forwarded-for', 'x-forwarded-host', 'x-http-method-override', 'upgrade', 'te', 'cookie'), fc.oneof(fc.constantFrom('*/*', 'text/csv', 'bytes=0-1', 'cross-site', 'navigate', 'GET', 'DELETE', '127.0.0.1'), printable), { maxKeys: 4 })
  await fc.assert(fc.asyncProperty(path, host, origin, authorization, others, fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE'), async (p, h, o, a, more, method) => {
    fc.pre(!/[^\x21-\x7e]/.test(p))
    const headers = { ...more, host: h, ...(o === undefined ? {} : { origin: o }), ...(a === undefined ? {} : { authorization: a }) }
    const { status, headers: answered, body } = await ask(port, p, { method, headers })
    const isOurs = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(h) || /^(localhost|127\.\d+\.\d+\.\d+):\d+$/i.test(h)
    if (!isOurs) expect([400, 403, 414]).toContain(status)
    const isOpen = /^\/(assets\/[^?]*)?(\?|$)/.test(p) // the files of the page
    if (status < 300 && !isOpen && !(method === 'OPTIONS' && o === 'https://lab.example')) expect([a, o === undefined || ['https://lab.example', `http://${h}`].includes(o)]).toEqual([`Bearer ${token}`, true])
    if (method !== 'GET' && method !== 'HEAD') expect([204, 400, 401, 403, 405, 414]).toContain(status)
    expect(answered['access-control-allow-origin'] ?? o).toBe(o)
    expect(body).not.toContain(token)
  }), { numRuns: 10 * RUNS })
  expect(world.faults).toEqual([])
}, 240_000)

test('any bytes: an answer or a closed connection, never a fault', async () => {
  const world = await ended()
  const { port } = world
  const line = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('Host: localhost', `Host: localhost:${port}`, 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: upgrade', 'Upgrade: websocket', 'Expect: 100-continue', 'Expect: much', 'Range: bytes=0-1', 'Accept: text/csv'))
  const target = fc.oneof(path, fc.constantFrom('*', 'http://evil.example/', '', 'localhost:1', '/\u{e9}'))
  const request = fc.tuple(fc.constantFrom('GET', 'HEAD', 'POST', 'CONNECT', 'OPTIONS', 'get', 'PRI', ''), target, fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''), fc.array(line, { maxLength: 5 }))
    .map(([method, url, version, lines]) => `${[`${method} ${url} ${version}`, ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  await fc.assert(fc.asyncProperty(fc.oneof(request, fc.string({ unit: 'binary', maxLength: 200 }).map((text) => `${text}\r\n\r\n`)), async (text) => {
    const timer = new Promise<string>((resolve) => setTimeout(resolve, 2000, '').unref())
    const answer = await Promise.race([raw(port, text), timer])
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (100|200|204|400|401|403|404|405|406|408|410|414|417|431|503) /)
    expect(answer).not.toMatch(/\bat .*\.[jt]s:\d+|root:x:/)
  }), { numRuns: 4 * RUNS })
  expect(world.faults).toEqual([])
  expect((await ask(port, '/healthz')).status).toBe(200)
}, 240_000)

test('the description is that of the server: every path answers, every stream code is known', async () => {
  const world = await ended()
  for (const p of PATHS) {
    const { status } = await ask(world.port, `${filled(p)}${p.endsWith('/landscape') ? '?x=-6,6&y=-6,6' : ''}`, { method: 'HEAD' })
    expect([p, status]).toEqual([p, 200])
  }
  expect(JSON.parse((await ask(world.port, '/openapi.json')).body)).toEqual(JSON.parse(JSON.stringify(openApi)))
})
