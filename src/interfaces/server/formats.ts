/**
 * The formats of a stream over HTTP, and the choice between them.
 *
 * `?format=` wins over the Accept header; Arrow is what is sent to those who take anything.
 * Errors: server_not_acceptable.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { encodeStream } from '../../streams/arrow/ipc.ts'
import { csv, csvHeader, ndjson } from '../../streams/arrow/text.ts'

export const FORMATS = ['arrow', 'ndjson', 'csv'] as const
export type FormatName = (typeof FORMATS)[number]

export interface Encoder {
  start(): Iterable<Uint8Array | string>
  batch(batch: RecordBatch): Iterable<Uint8Array | string>
  end(): Iterable<Uint8Array | string>
}

interface Format {
  readonly type: string
  /** Other names of the type. */
  readonly also: readonly string[]
  encoder(schema: Schema): Encoder
}

export const FORMAT: Readonly<Record<FormatName, Format>> = {
  arrow: {
    type: 'application/vnd.apache.arrow.stream',
    also: ['application/octet-stream'],
    encoder: encodeStream,
  },
  ndjson: {
    type: 'application/x-ndjson',
    also: ['application/ndjson', 'application/jsonl', 'application/json'],
    encoder: () => ({ start: () => [], batch: (batch) => inPieces(batch, ndjson), end: () => [] }),
  },
  csv: {
    type: 'text/csv',
    also: ['text/plain'],
    encoder: (schema) => ({ start: () => [csvHeader(schema)], batch: (batch) => inPieces(batch, csv), end: () => [] }),
  },
}

/** Rows made into text at a time: between two pieces others get their turn. */
const PIECE_ROWS = 2048

function* inPieces(batch: RecordBatch, text: (batch: RecordBatch) => string): Generator<string> {
  for (let row = 0; row < batch.numRows; row += PIECE_ROWS) yield text(batch.numRows <= PIECE_ROWS ? batch : batch.slice(row, Math.min(batch.numRows, row + PIECE_ROWS)))
}

/** The format that an Accept header likes best. */
export function acceptedFormat(accept: string | undefined): FormatName {
  const ranges = (accept ?? '*/*').split(',').map(parseRange)
  const rated = FORMATS.map((name) => ({ name, quality: qualityOf(FORMAT[name], ranges) }))
  const best = rated.reduce((a, b) => (b.quality > a.quality ? b : a))
  if (best.quality === 0) throw fail('server_not_acceptable')
  return best.name
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
  return { type, quality: q >= 0 && q <= 1 ? q : 0 }
}

/** Of the most specific range that names the format. */
function qualityOf({ type, also }: Format, ranges: readonly MediaRange[]): number {
  const names = [[type], also, [`${type.split('/')[0]}/*`], ['*/*']]
  for (const group of names) {
    const found = ranges.filter((range) => group.includes(range.type))
    if (found.length > 0) return Math.max(...found.map(({ quality }) => quality))
  }
  return 0
}
