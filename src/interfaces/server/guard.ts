/**
 * Who may ask: checked before anything else of a request is looked at.
 *
 * On loopback the Host header must name loopback and our port: else a page that a browser shows could
 * reach us by a name of its own that resolves to 127.0.0.1 (DNS rebinding). A request from a page must
 * come from our own. Where there is a token, each request has to bring it, but for those of the page's files.
 * Errors: server_url_long, server_method, server_host_refused, server_origin_refused, server_token_wrong.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { fail } from '../../errors.ts'
import { isLoopback } from './address.ts'
import { isPageFile } from './page-files.ts'

export interface GuardOptions {
  readonly is_loopback: boolean
  readonly port: number
  readonly token?: string
  readonly url_chars: number
}

export function guard({ is_loopback, port, token, url_chars }: GuardOptions): (request: IncomingMessage) => void {
  const secret = token === undefined ? undefined : digest(token)
  return ({ url = '', method = '', headers }) => {
    if (url.length > url_chars) throw fail('server_url_long', { most: url_chars })
    if (is_loopback && !namesLoopback(headers.host, port)) throw fail('server_host_refused')
    if (!isOwnPage(headers)) throw fail('server_origin_refused')
    if (secret !== undefined && !isPageFile(url) && !hasToken(headers.authorization, secret)) throw fail('server_token_wrong')
    if (method !== 'GET' && method !== 'HEAD') throw fail('server_method')
  }
}

function namesLoopback(host: string | undefined, port: number): boolean {
  const [, name = '', given = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host ?? '') ?? []
  if (Number(given) !== port) return false
  return name.toLowerCase() === 'localhost' || name === '[::1]' || (isIPv4(name) && isLoopback(name))
}

/** Browsers say where a request comes from: by Origin, and by Sec-Fetch-Site where they leave Origin out. A link may lead here from anywhere. */
function isOwnPage({ origin, host, ...headers }: IncomingMessage['headers']): boolean {
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) return false
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate'
}

/** Digests have one length, and are compared in constant time. */
function hasToken(authorization: string | undefined, secret: Buffer): boolean {
  const [, given = ''] = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '') ?? []
  return timingSafeEqual(digest(given), secret)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
