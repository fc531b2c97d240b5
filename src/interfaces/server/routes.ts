/** What can be asked: paths and their answers. */
import type { FastifyInstance } from 'fastify'
import { fail } from '../../errors.ts'
import { FORMATS } from './formats.ts'
import { headersOf } from './headers.ts'
import { indexPage } from './index-page.ts'
import { openApi } from './openapi.ts'
import { PAGE_POLICY } from './page.ts'
import type { Session } from './session.ts'
import { streamRoute } from './stream-route.ts'

export function addRoutes(app: FastifyInstance, session: Session): void {
  const { run: { name, run_id, folder }, hub, clients, events, metrics, page } = session
  const method = ['GET', 'HEAD']
  const streams = (): object[] => hub.streams().map((stream) => ({
    ...stream, links: Object.fromEntries(FORMATS.map((format) => [format, `/streams/${encodeURIComponent(stream.name)}?format=${format}`])),
  }))
  for (const [url, { type, body }] of page) {
    app.route({ method, url, handler: (_, reply) => reply.header('content-security-policy', PAGE_POLICY).type(type).send(body) })
  }
  if (page.size === 0) app.route({ method, url: '/', handler: (_, reply) => reply.type('text/html; charset=utf-8').send(indexPage(session.run, hub.streams())) })
  app.route({ method, url: '/streams', handler: (_, reply) => reply.send({ name, run_id, folder, ...(session.flight === undefined ? {} : { flight: session.flight }), streams: streams() }) })
  app.route({ method, url: '/streams/:name', handler: streamRoute(session) })
  app.route({
    method, url: '/events',
    handler: (request, reply) => {
      const lastId = request.headers['last-event-id']?.toString()
      if (events.isAllSeen(lastId)) return reply.code(204).send()
      if (request.method === 'HEAD') return reply.type('text/event-stream').send()
      reply.raw.once('close', clients.enter())
      reply.hijack()
      events.attach(reply.raw, lastId, headersOf(reply))
      return reply
    },
  })
  app.route({ method, url: '/metrics', handler: async (_, reply) => reply.type(metrics.type).send(await metrics.text()) })
  app.route({ method, url: '/healthz', handler: (_, reply) => reply.send({ status: 'ok' }) })
  app.route({
    method, url: '/ready',
    handler: (_, reply) => {
      if (!session.is_ready) throw fail('server_not_ready')
      return reply.send({ status: 'ok' })
    },
  })
  app.route({ method, url: '/openapi.json', handler: (_, reply) => reply.send(openApi) })
}
