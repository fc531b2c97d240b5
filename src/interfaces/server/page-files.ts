/**
 * The files of the page, as Vite built them: `/` and what it needs under /assets/.
 *
 * They are read once, when the first of them is asked for, and looked up by the whole path: no path
 * is made from a request. They hold nothing of the run, so no token is asked for them; the page asks
 * its reader for it. Names in /assets/ change with the content.
 * Errors: server_page_missing, server_route_missing.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from '../../errors.ts'

/** From the sources as well as from dist. */
const FOLDER = fileURLToPath(new URL('../../../dist/interfaces/page/', import.meta.url))
const INDEX = '/'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
}

/** Nothing but what lies here: no inline scripts or styles, no other address, no text taken for HTML. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
} as const

const FOR_GOOD = { 'cache-control': 'public, max-age=31536000, immutable' } as const

/** Paths that need no token. */
export const isPageFile = (url: string): boolean => /^\/(?:assets\/[\w.-]*)?(?:\?|$)/.test(url)

type Files = ReadonlyMap<string, { readonly type: string; readonly bytes: Buffer }>

export function pageFiles(folder = FOLDER): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  let read: Promise<Files> | undefined
  return async ({ raw: { url = '' } }, reply) => {
    const files = await (read ??= filesIn(folder))
    const name = url.split('?', 1)[0] as string
    const file = files.get(name)
    if (file === undefined) throw fail(name === INDEX ? 'server_page_missing' : 'server_route_missing')
    return reply.headers(PAGE_HEADERS).headers(name === INDEX ? {} : FOR_GOOD).type(file.type).send(file.bytes)
  }
}

async function filesIn(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && TYPES[path.extname(entry.name)] !== undefined)
  return new Map(await Promise.all(files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name)
    const at = `/${path.relative(folder, file).split(path.sep).join('/')}`
    return [at === '/index.html' ? INDEX : at, { type: TYPES[path.extname(name)] as string, bytes: await readFile(file) }] as const
  })))
}
