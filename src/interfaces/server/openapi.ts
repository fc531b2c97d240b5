/** /openapi.json: all that can be asked and what is answered. A test holds it against the server. */
import { VERSION } from '../../version.ts'
import { FORMAT, FORMATS } from './formats.ts'

interface Schema {
  readonly [keyword: string]: unknown
}

interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly required?: boolean
  readonly description: string
  readonly schema: Schema
}

interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Operation {
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly responses: Readonly<Record<string, Answer>>
}

export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: Readonly<Record<string, Schema>> }
}

const json = (schema: Schema): NonNullable<Answer['content']> => ({ 'application/json': { schema } })
const failure = (description: string): Answer => ({ description, content: json({ $ref: '#/components/schemas/Failure' }) })
const wholeNumber: Schema = { type: 'integer', minimum: 1, maximum: 999_999_999 }

/** Any request may be answered with these. */
const ALWAYS = {
  401: failure('The token is missing or wrong.'),
  403: failure('The Host or Origin header is not ours.'),
  414: failure('The URL is too long.'),
  431: failure('The headers are too large.'),
} as const

const get = (summary: string, responses: Operation['responses'], parameters?: readonly Parameter[]): { readonly get: Operation } =>
  ({ get: { summary, ...(parameters === undefined ? {} : { parameters }), responses: { ...responses, ...ALWAYS } } })

export const openApi: OpenApi = {
  openapi: '3.1.0',
  info: { title: 'heatbath: the server of a run', version: VERSION, description: 'A run is watched here, not changed: only GET and HEAD are answered, all else with 405. Paths that are not here are answered with 404.' },
  security: [{}, { bearer: [] }],
  paths: {
    '/': get('The run on a page: its particles, courses and pipeline, live. No token is asked for it: the page asks its reader.', {
      200: { description: 'A page.', content: { 'text/html': {} } }, 404: failure('It was not built.'),
    }),
    '/assets/{file}': get('What the page needs.', {
      200: { description: 'A script, a style sheet or a picture.', content: { 'text/javascript': {}, 'text/css': {}, 'image/svg+xml': {} } },
      404: failure('There is no such file.'),
    }, [{ name: 'file', in: 'path', required: true, description: 'As the page names it.', schema: { type: 'string', maxLength: 100 } }]),
    '/graph': get('The pipeline as a graph, how long its streams are, and what left each of their parts so far.', {
      200: { description: 'Streams with their operators and phases, models, outputs; counts.', content: json({ $ref: '#/components/schemas/Graph' }) },
      404: failure('No pipeline declares these streams.'),
    }),
    '/streams': get('The streams of the run.', { 200: { description: 'Streams with their schemas, counts and links.', content: json({ $ref: '#/components/schemas/Run' }) } }),
    '/streams/{name}': get('The batches of a stream, for as long as it goes on. Who reads too slowly loses batches, the oldest first.', {
      200: {
        description: 'Batches. What was lost is in the trailers, and with Arrow in the metadata heatbath.dropped_batches of the batch that comes next.',
        content: Object.fromEntries(FORMATS.map((name) => [FORMAT[name].type, {}])),
      },
      400: failure('A parameter is unknown or wrong, or names a column that is not there.'),
      404: failure('There is no such stream.'),
      406: failure('No format that is offered is accepted.'),
      410: failure('The stream ended without a batch.'),
      503: failure('Too many clients, or the run is over.'),
    }, [
      { name: 'name', in: 'path', required: true, description: 'Of a stream in /streams.', schema: { type: 'string', maxLength: 100 } },
      { name: 'every', in: 'query', description: 'Each n-th step of a stream that has steps, each n-th batch of another.', schema: wholeNumber },
      { name: 'rows', in: 'query', description: 'So many chains, the same ones all the time; in a stream without chains, so many rows of each batch.', schema: wholeNumber },
      { name: 'rate', in: 'query', description: 'For eyes: at most so many steps a second, each the newest when its time has come.', schema: wholeNumber },
      { name: 'columns', in: 'query', description: 'Names with commas between them: these columns, in this order.', schema: { type: 'string', examples: ['step,x,y'] } },
      { name: 'from', in: 'query', description: 'Begin with the newest batch, or with the first row of the stream; where is_recorded is false, with the oldest batch that is still there.', schema: { enum: ['latest', 'start'], default: 'latest' } },
      { name: 'limit', in: 'query', description: 'End after so many batches.', schema: wholeNumber },
      { name: 'format', in: 'query', description: 'Instead of the Accept header.', schema: { enum: FORMATS } },
    ]),
    '/streams/{name}/landscape': get('The energy that a stream samples, where it is one of two variables: on a grid over a box, which is widened to round edges.', {
      200: { description: 'A row per node, the first variable running fastest; heatbath.shape in the metadata of the schema.', content: Object.fromEntries(FORMATS.map((name) => [FORMAT[name].type, {}])) },
      400: failure('A parameter is unknown, missing or wrong.'),
      404: failure('The stream samples no such energy, or there is no such stream.'),
      406: failure('No format that is offered is accepted.'),
    }, [
      { name: 'name', in: 'path', required: true, description: 'Of a stream in landscapes of /graph.', schema: { type: 'string', maxLength: 100 } },
      ...(['x', 'y'] as const).map((name) => ({ name, in: 'query' as const, required: true, description: `FROM,TO: the box along the ${name === 'x' ? 'first' : 'second'} variable.`, schema: { type: 'string', examples: ['-6,6'] } })),
      { name: 'format', in: 'query', description: 'Instead of the Accept header.', schema: { enum: FORMATS } },
    ]),
    '/events': get('What the run tells, as server-sent events; the last of each kind first.', {
      200: { description: 'Events: phase, fitted, progress, training, written, checkpoint, end.', content: { 'text/event-stream': {} } },
      204: { description: 'The run is over, and the Last-Event-ID was that of its last event: do not come back.' },
      503: failure('Too many clients, or the run is over.'),
    }),
    '/metrics': get('The run in the words of Prometheus.', { 200: { description: 'Metrics.', content: { 'text/plain': {} } } }),
    '/healthz': get('Whether the process lives.', { 200: { description: 'It does.', content: json({ $ref: '#/components/schemas/Status' }) } }),
    '/ready': get('Whether the run has begun.', { 200: { description: 'Its first phase runs, or did.', content: json({ $ref: '#/components/schemas/Status' }) }, 503: failure('Not yet.') }),
    '/openapi.json': get('This description.', { 200: { description: 'OpenAPI 3.1.', content: json({ type: 'object' }) } }),
  },
  components: {
    schemas: {
      Failure: { type: 'object', required: ['code', 'message', 'hint'], properties: { code: { type: 'string' }, message: { type: 'string' }, hint: { type: 'string' } }, additionalProperties: false },
      Status: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
      Run: {
        type: 'object', required: ['name', 'run_id', 'folder', 'seconds', 'streams', 'links'],
        properties: { name: { type: 'string' }, run_id: { type: 'string' }, folder: { type: 'string' }, seconds: { type: 'number', description: 'Since this server began.' }, flight: { type: 'string', description: 'Where Arrow Flight is spoken, if it is.' }, streams: { type: 'array', items: { $ref: '#/components/schemas/Stream' } }, links: { type: 'object', additionalProperties: { type: 'string' } } },
      },
      Graph: {
        type: 'object', required: ['name', 'seed', 'phases', 'models', 'streams', 'outputs', 'expected', 'landscapes', 'counts'],
        properties: {
          name: { type: 'string' }, seed: { type: 'integer' },
          ...Object.fromEntries(['phases', 'models', 'streams', 'outputs'].map((name) => [name, { type: 'array', items: { type: 'object' } }])),
          expected: { type: 'object', additionalProperties: { type: 'object', properties: { steps: { type: 'integer' }, epochs: { type: 'number' }, levels: { type: 'array', items: { type: 'number' } } } } },
          landscapes: { type: 'array', items: { type: 'string' } },
          counts: { type: 'object', additionalProperties: { type: 'array', items: { type: ['object', 'null'], properties: { rows: { type: 'integer' }, batches: { type: 'integer' } } } } },
        },
      },
      Stream: {
        type: 'object', required: ['name', 'state', 'rows', 'batches', 'clients', 'is_recorded', 'dropped_batches', 'dropped_rows', 'links'],
        properties: {
          name: { type: 'string' },
          state: { enum: ['waiting', 'running', 'ended', 'failed'] },
          schema: { type: 'object', description: 'Absent until the first batch.' },
          is_recorded: { type: 'boolean', description: 'Whether from=start gives all rows.' },
          ...Object.fromEntries(['rows', 'batches', 'clients', 'dropped_batches', 'dropped_rows'].map((name) => [name, { type: 'integer', minimum: 0 }])),
          links: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
    },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Where the server was given a token.' } },
  },
}
