/**
 * The page, as it was built: its files, read once. No path of a request reaches the disk.
 *
 * It has scripts and styles of its own only, and speaks to nobody but us. There is nothing of the run
 * in it: a browser may load it without the token, and then ask for the token itself.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

/** By path of a URL; empty where the page was not built. */
export type Page = ReadonlyMap<string, PageFile>

/** Where the package has it, whether this runs from dist or from src. */
export const PAGE_FOLDER = path.resolve(import.meta.dirname, '../../../dist/interfaces/page')

export const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'",
  "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
].join('; ')

/** Names of files that lie here change with their content. */
export const ASSETS = '/assets/'
export const FOR_GOOD = { 'cache-control': 'public, max-age=31536000, immutable' } as const

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
}

/** Files of other kinds than a page has, such as maps of sources, are left out. */
export function readPage(folder: string): Page {
  if (!existsSync(path.join(folder, 'index.html'))) return new Map()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && TYPES[path.extname(entry.name)] !== undefined)
  return new Map(files.map((entry) => {
    const full = path.join(entry.parentPath, entry.name)
    const name = `/${path.relative(folder, full).split(path.sep).join('/')}`
    return [name === '/index.html' ? '/' : name, { type: TYPES[path.extname(entry.name)] as string, body: readFileSync(full) }]
  }))
}
