/**
 * /streams/NAME/landscape: the energy under the particles, over the box that is asked for.
 * Errors: server_landscape_missing, server_query, server_not_acceptable.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import type { Landscape, Range } from '../../pipelines/landscape.ts'
import { acceptedFormat, FORMAT, FORMATS } from './formats.ts'
import { problemOf } from './query.ts'

/** Coordinates are float32: a box has to be wide enough for its nodes to differ. */
const [FARTHEST, NARROWEST] = [1e9, 1e-5]

const range = z.string().transform((text): Range => {
  const [from = NaN, to = NaN, ...others] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  return others.length > 0 ? [NaN, NaN] : [from, to]
}).refine(([from, to]) => Math.max(Math.abs(from), Math.abs(to)) <= FARTHEST && to - from > NARROWEST * Math.max(1, Math.abs(from), Math.abs(to)), 'is FROM,TO: two numbers, the smaller first')

const Query = z.strictObject({ x: range, y: range, format: z.enum(FORMATS).optional() })

export function landscapeRoute(landscapes: ReadonlyMap<string, Landscape> | undefined): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (request, reply) => {
    const { name } = request.params as { readonly name: string }
    const landscape = landscapes?.get(name)
    if (landscape === undefined) throw fail('server_landscape_missing', { stream: name })
    const { data, error } = Query.safeParse({ ...(request.query as object) })
    if (data === undefined) throw fail('server_query', { problem: problemOf(error.issues[0], Query) })
    const format = FORMAT[data.format ?? acceptedFormat(request.headers.accept)]
    void reply.header('vary', 'accept').type(format.type)
    if (request.method === 'HEAD') return reply.send()
    const grid = landscape.over(data.x, data.y)
    const encoder = format.encoder(grid.schema)
    const pieces = [...encoder.start(), ...encoder.batch(grid), ...encoder.end()]
    return reply.send(Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))))
  }
}
