/** Headers of answers. */
import type { FastifyReply } from 'fastify'
import type { OutgoingHttpHeaders } from 'node:http'

/** Of every answer: nothing is kept, guessed, framed, or shared with pages of other sites. */
export const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** What was set on an answer so far, for one that is written by hand. */
export const headersOf = (reply: FastifyReply): OutgoingHttpHeaders => reply.getHeaders() as OutgoingHttpHeaders
