/** Files of the page, as Vite would have built it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, raw, started } from './world.ts'

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

test('without it, / lists what there is, for those who have the token', async () => {
  const { port } = await started({ page: path.join(folder, 'none'), token: '0123456789abcdef' })
  expect((await ask(port, '/')).status).toBe(401)
  expect((await ask(port, '/', { headers: { authorization: 'Bearer 0123456789abcdef' } })).body).toContain('<h1>test')
})
