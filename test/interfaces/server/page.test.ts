/** Files of the page, as Vite built it, and as it might. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, raw, started } from './world.ts'

/** Of the page as Vite did build it. */
const ASSETS = readdirSync('dist/interfaces/page/assets')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-page-'))
  mkdirSync(path.join(folder, 'page/assets'), { recursive: true })
  const files = { 'secret.js': 'secret', 'page/index.html': '<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>', 'page/assets/index-1a2b.js': 'export {}', 'page/assets/index-1a2b.js.map': '{}', 'page/assets/style.css': 'body {}', 'page/icon.svg': '<svg/>', 'page/.hidden': 'secret' }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
})
afterEach(() => rmSync(folder, { recursive: true }))

const page = (): string => path.join(folder, 'page')

describe('the page', () => {
  test('is at /, its files where it looks for them, under a policy that lets nothing else in', async () => {
    const { port } = await started({ page: page() })
    for (const [url, type, text] of [
      ['/', 'text/html; charset=utf-8', '<!doctype html>'], ['/assets/index-1a2b.js', 'text/javascript; charset=utf-8', 'export {}'],
      ['/assets/style.css', 'text/css; charset=utf-8', 'body {}'], ['/icon.svg', 'image/svg+xml', '<svg/>'],
    ] as const) {
      const { status, headers, body } = await ask(port, url)
      expect([url, status, headers['content-type']]).toEqual([url, 200, type])
      expect(body).toContain(text)
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';.* frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/)
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/)
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' })
    }
    expect((await ask(port, '/streams')).headers['content-security-policy']).toMatch(/^default-src 'none'; frame-ancestors/)
  })

  test('has no other files: none above it, none hidden, no maps, no links out of it', async () => {
    symlinkSync(path.join(folder, 'secret.js'), path.join(page(), 'assets/linked.js'))
    const { port } = await started({ page: page() })
    for (const url of ['/index.html', '/assets', '/assets/', '/.hidden', '/assets/index-1a2b.js.map', '/../secret.js', '/%2e%2e/secret.js', '/assets/..%2f..%2fsecret.js', '/assets/linked.js', '/secret.js', '/assets//style.css']) {
      const answer = await ask(port, url)
      expect([url, answer.status]).toEqual([url, 404])
    }
    expect(await raw(port, `GET /../secret.js HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('is for everybody, what it shows is not', async () => {
    const { port } = await started({ page: page(), token: '0123456789abcdef' })
    for (const [url, status] of [['/', 200], ['/?from=somewhere', 200], ['/assets/style.css', 200], ['/streams', 401], ['/events', 401], ['/nothing', 401]] as const) {
      expect([url, (await ask(port, url)).status]).toEqual([url, status])
    }
    expect((await ask(port, '/', { method: 'POST' })).status).toBe(405)
    expect((await ask(port, '/', { headers: { host: 'evil.example' } })).status).toBe(403)
  })
})

describe('the page that was built', () => {
  test('the page comes with its types, its policy, and its files for good', async () => {
    const { port } = await started()
    const page = await ask(port, '/')
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    const policy = page.headers['content-security-policy'] as string
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|data:|\*/)
    const named = [...page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => url as string)
    expect(new Set(named)).toEqual(new Set(ASSETS.map((name) => `/assets/${name}`)))
    expect(page.body).not.toMatch(/<style|style="|\son\w+=|<script(?![^>]* src=)/) // nothing that the policy would refuse
    const types: Record<string, string> = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }
    for (const url of named) {
      const { status, headers } = await ask(port, url)
      expect([url, status, headers['content-type'], headers['cache-control']]).toEqual([url, 200, types[path.extname(url)], 'public, max-age=31536000, immutable'])
    }
    expect((await ask(port, '/', { method: 'HEAD' })).body).toBe('')
  })

  test('where a token is asked for, the page is not; all it asks for is', async () => {
    const { port } = await started({ token: 'x'.repeat(24) })
    expect((await ask(port, '/')).status).toBe(200)
    expect((await ask(port, `/assets/${ASSETS[0]}`)).status).toBe(200)
    for (const url of ['/streams', '/graph', '/events', '/streams/particles', '/streams/particles/landscape', '/assets', '/assets/../streams', '/assets/%2e%2e/streams', '//', '/?/streams/x/..', '/index.html']) {
      const { status, body } = await ask(port, url)
      if (status === 200) expect([url, body.startsWith('<!doctype html>')]).toEqual([url, true])
      else expect([url, [401, 404].includes(status)]).toEqual([url, true])
    }
  })
})

test('one that was not built is an answer, not a crash', async () => {
  const { port } = await started({ page: path.join(folder, 'none') })
  expect(await ask(port, '/')).toMatchObject({ status: 404, body: expect.stringContaining('server_page_missing') as string })
})
