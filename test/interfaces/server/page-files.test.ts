/** The files of the page: what is there, how it is sent, and nothing else. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { pageFiles } from '../../../src/interfaces/server/page-files.ts'
import { ask, started } from './world.ts'

const ASSETS = readdirSync('dist/interfaces/page/assets')

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

test('no path leads out of the folder, and none to what is not a file of the page', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(path.join(folder, 'page/assets'), { recursive: true })
  writeFileSync(path.join(folder, 'secret.js'), 'secret')
  writeFileSync(path.join(folder, 'page/index.html'), 'page')
  writeFileSync(path.join(folder, 'page/assets/a.js'), 'own')
  writeFileSync(path.join(folder, 'page/assets/notes.txt'), 'secret')
  symlinkSync(path.join(folder, 'secret.js'), path.join(folder, 'page/assets/link.js'))
  const app = Fastify()
  app.get('/*', pageFiles(path.join(folder, 'page')))
  onTestFinished(() => app.close())
  const text = async (url: string): Promise<string> => (await app.inject({ method: 'GET', url })).body
  expect([await text('/'), await text('/assets/a.js'), await text('/assets/a.js?x=1')]).toEqual(['page', 'own', 'own'])
  for (const url of ['/../secret.js', '/assets/../../secret.js', '/assets/%2e%2e/%2e%2e/secret.js', '/assets/..%2f..%2fsecret.js', '/assets/link.js', '/assets/notes.txt', '/assets/a.js%00', '/assets//a.js', '/constructor']) {
    expect([url, await text(url)]).toEqual([url, expect.stringContaining('server_route_missing') as string])
  }
})

test('a page that was not built is an answer, not a crash', async () => {
  const app = Fastify()
  app.get('/', pageFiles('/no/such/folder'))
  onTestFinished(() => app.close())
  expect((await app.inject({ method: 'GET', url: '/' })).body).toContain('server_page_missing')
})
