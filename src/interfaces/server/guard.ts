/**
 * Who may ask: checked before anything else of a request is looked at.
 *
 * On loopback the Host header must name loopback and our port: else a page that a browser shows could
 * reach us by a name of its own that resolves to 127.0.0.1 (DNS rebinding). A request from a page must
 * come from our own, or from an origin that was named. Where there is a token, each request has to
 * bring it, but for files that are open to all.
 * Errors: server_url_long, server_method, server_host_refused, server_origin_refused, server_token_wrong.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { fail } from '../../errors.ts'
import { isLoopback } from './address.ts'
import type { CrossOrigin } from './cross-origin.ts'

export interface GuardOptions {
  readonly is_loopback: boolean
  readonly is_secure: boolean
  readonly port: number
  readonly token?: string
  readonly url_chars: number
  readonly origins: CrossOrigin
  /** Whether a path is for everybody. */
  readonly isOpen: (path: string) => boolean
}

export function guard({ is_loopback, is_secure, port, token, url_chars, origins, isOpen }: GuardOptions): (request: IncomingMessage) => void {
  const isRight = tokenCheck(token)
  const scheme = is_secure ? 'https' : 'http'
  return (request) => {
    const { url = '', method = '', headers } = request
    if (url.length > url_chars) throw fail('server_url_long', { most: url_chars })
    if (is_loopback && !namesLoopback(headers.host, port, is_secure)) throw fail('server_host_refused')
    if (!origins.allows(headers.origin) && !isOwnPage(headers, scheme)) throw fail('server_origin_refused')
    if (origins.isPreflight(request)) return // a browser asks without the token
    if (!isRight(headers.authorization) && !isOpen(url.split('?')[0] as string)) throw fail('server_token_wrong')
    if (method !== 'GET' && method !== 'HEAD') throw fail('server_method')
  }
}

/** Whether an address with a port, as clients write it, is one of loopback with ours. */
export function namesLoopback(host: string | undefined, port: number, isSecure = false): boolean {
  const [, name = '', given = isSecure ? '443' : '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host ?? '') ?? []
  if (Number(given) !== port) return false
  return name.toLowerCase() === 'localhost' || name === '[::1]' || (isIPv4(name) && isLoopback(name))
}

/** Browsers say where a request comes from: by Origin, and by Sec-Fetch-Site where they leave Origin out. A link may lead here from anywhere. */
function isOwnPage({ origin, host, ...headers }: IncomingMessage['headers'], scheme: string): boolean {
  if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host?.toLowerCase()}`) return false
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate'
}

/** Tells whether an Authorization brings the token; anything does where there is none. Digests have one length, and are compared in constant time. */
export function tokenCheck(token: string | undefined): (authorization: string | undefined) => boolean {
  if (token === undefined || token === '') return () => true
  const secret = digest(token)
  return (authorization) => {
    const [, given = ''] = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '') ?? []
    return timingSafeEqual(digest(given), secret)
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
