/** What can be asked: paths and their answers. */
import type { FastifyInstance } from 'fastify'
import { fail } from '../../errors.ts'
import { FORMATS } from './formats.ts'
import { headersOf } from './headers.ts'
import { landscapeRoute } from './landscape-route.ts'
import { openApi } from './openapi.ts'
import { ASSETS, FOR_GOOD, PAGE_POLICY } from './page.ts'
import { graphAnswer } from './served-pipeline.ts'
import type { Session } from './session.ts'
import { streamRoute } from './stream-route.ts'

export function addRoutes(app: FastifyInstance, session: Session): void {
  const { run: { name, run_id, folder, pipeline }, began, hub, clients, events, metrics, page } = session
  const method = ['GET', 'HEAD']
  const streams = (): object[] => hub.streams().map((stream) => ({
    ...stream, links: Object.fromEntries(FORMATS.map((format) => [format, `/streams/${encodeURIComponent(stream.name)}?format=${format}`])),
  }))
  const links = { events: '/events', metrics: '/metrics', ...(pipeline === undefined ? {} : { graph: '/graph' }) }
  for (const [url, { type, body }] of page) {
    const headers = { 'content-security-policy': PAGE_POLICY, ...(url.startsWith(ASSETS) ? FOR_GOOD : {}) }
    app.route({ method, url, handler: (_, reply) => reply.headers(headers).type(type).send(body) })
  }
  if (page.size === 0) {
    app.route({
      method, url: '/',
      handler: () => {
        throw fail('server_page_missing')
      },
    })
  }
  app.route({
    method, url: '/graph',
    handler: (_, reply) => {
      if (pipeline === undefined) throw fail('server_graph_missing')
      return reply.send(graphAnswer(pipeline))
    },
  })
  app.route({
    method, url: '/streams',
    handler: (_, reply) => reply.send({
      name, run_id, folder, seconds: (performance.now() - began) / 1000, ...(session.flight === undefined ? {} : { flight: session.flight }), streams: streams(), links,
    }),
  })
  app.route({ method, url: '/streams/:name/landscape', handler: landscapeRoute(pipeline?.landscapes) })
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
