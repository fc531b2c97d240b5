/**
 * A column chunk: the pages of a column in one row group.
 *
 * Pages end after about a mebibyte, at a row. A chunk that its codec hardly makes smaller is left
 * uncompressed. Positions in what comes back count from the chunk's first byte.
 */
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { PLAIN, WORTH, type Codec } from './codecs.ts'
import type { Levels, PageLevels } from './levels.ts'
import type { Shape } from './schema.ts'
import type { Encoded } from './values.ts'

export type FileMetaData = Parameters<typeof writeMetadata>[1]
export type RowGroup = FileMetaData['row_groups'][number]
export type ColumnChunk = RowGroup['columns'][number]
type ColumnMetaData = NonNullable<ColumnChunk['meta_data']>

type PageHeader = Parameters<typeof writePageHeader>[1]
type DataPageHeader = NonNullable<PageHeader['data_page_header_v2']>

export interface PageLocation {
  readonly offset: bigint
  readonly compressed_page_size: number
  readonly first_row_index: bigint
}

export interface Chunk {
  readonly bytes: readonly Uint8Array[]
  readonly size: number
  readonly meta: ColumnMetaData
  /** Present if there are several pages. */
  readonly pages?: readonly PageLocation[]
}

const PAGE_BYTES = 2 ** 20

interface Page {
  readonly levels: PageLevels
  readonly body: Uint8Array
  readonly rows: number
}

export async function encodeChunk({ path, leaf }: Shape, levels: Levels, encoded: Encoded, wanted: Codec): Promise<Chunk> {
  const { dictionary, encoding, bounds, nan_count } = encoded
  const pages = pagesOf(levels, encoded)
  const whole = [...(dictionary === undefined ? [] : [dictionary.bytes]), ...pages.map(({ body }) => body)]
  const { bodies, codec } = await compressed(whole, wanted)
  const out = new Pieces()
  if (dictionary !== undefined) out.dictionary(dictionary, bodies.shift() as Uint8Array)
  const first = out.size
  const locations = pages.map((page, i) => out.page(page, bodies[i] as Uint8Array, { encoding, is_compressed: codec !== PLAIN }))
  return {
    bytes: out.pieces,
    size: out.size,
    ...(locations.length > 1 ? { pages: locations } : {}),
    meta: {
      type: leaf.element.type as ColumnMetaData['type'],
      encodings: dictionary === undefined ? [encoding] : ['PLAIN', encoding],
      path_in_schema: [...path],
      codec: codec.name,
      num_values: BigInt(levels.slots),
      total_uncompressed_size: BigInt(out.uncompressed),
      total_compressed_size: BigInt(out.size),
      data_page_offset: BigInt(first),
      ...(dictionary === undefined ? {} : { dictionary_page_offset: 0n }),
      statistics: {
        null_count: BigInt(levels.nulls),
        ...(bounds === undefined ? {} : { min_value: bounds.min, max_value: bounds.max }),
        ...(nan_count === undefined ? {} : { nan_count }),
      },
      encoding_stats: [
        ...(dictionary === undefined ? [] : [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const]),
        { page_type: 'DATA_PAGE_V2', encoding, count: pages.length },
      ],
    },
  }
}

/** The chunk where it lies in the file. */
export function placed({ meta, pages }: Chunk, offset: number): { chunk: ColumnChunk; offsetIndex?: { page_locations: PageLocation[] } } {
  const at = (relative: bigint): bigint => relative + BigInt(offset)
  const { dictionary_page_offset, data_page_offset } = meta
  return {
    chunk: {
      file_offset: BigInt(offset),
      meta_data: {
        ...meta,
        data_page_offset: at(data_page_offset),
        ...(dictionary_page_offset === undefined ? {} : { dictionary_page_offset: at(dictionary_page_offset) }),
      },
    },
    ...(pages === undefined ? {} : { offsetIndex: { page_locations: pages.map((page) => ({ ...page, offset: at(page.offset) })) } }),
  }
}

function pagesOf(levels: Levels, encoded: Encoded): Page[] {
  const pages: Page[] = []
  let [row, value] = [0, 0]
  while (row < levels.rows || pages.length === 0) {
    const rows = row === levels.rows ? 0 : levels.rowsWith(row, encoded.fit(value, PAGE_BYTES))
    const page = levels.page(row, row + rows)
    pages.push({ levels: page, rows, body: encoded.page(value, value + page.values) })
    row += rows
    value += page.values
  }
  return pages
}

async function compressed(whole: Uint8Array[], codec: Codec): Promise<{ bodies: Uint8Array[]; codec: Codec }> {
  const sizeOf = (bodies: readonly Uint8Array[]): number => bodies.reduce((sum, { length }) => sum + length, 0)
  if (codec.compress === undefined) return { bodies: whole, codec }
  const bodies = await Promise.all(whole.map((body) => codec.compress?.(body) ?? body))
  return sizeOf(bodies) <= WORTH * sizeOf(whole) ? { bodies, codec } : { bodies: whole, codec: PLAIN }
}

/** Pages in order, each after its header. */
class Pieces {
  readonly pieces: Uint8Array[] = []
  size = 0
  /** What the size would be without compression. */
  uncompressed = 0
  #rows = 0

  dictionary({ bytes, count }: NonNullable<Encoded['dictionary']>, body: Uint8Array): void {
    this.#header({
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: body.length,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    })
    this.#add(body)
    this.uncompressed += bytes.length
  }

  page({ levels, body: whole, rows }: Page, body: Uint8Array, kind: Pick<DataPageHeader, 'encoding' | 'is_compressed'>): PageLocation {
    const { repetition, definition, slots, values } = levels
    const offset = this.size
    const levelBytes = repetition.length + definition.length
    this.#header({
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levelBytes + whole.length,
      compressed_page_size: levelBytes + body.length,
      data_page_header_v2: {
        num_values: slots,
        num_nulls: slots - values,
        num_rows: rows,
        repetition_levels_byte_length: repetition.length,
        definition_levels_byte_length: definition.length,
        ...kind,
      },
    })
    this.#add(repetition, definition, body)
    this.uncompressed += levelBytes + whole.length
    const first = this.#rows
    this.#rows += rows
    return { offset: BigInt(offset), compressed_page_size: this.size - offset, first_row_index: BigInt(first) }
  }

  #header(header: PageHeader): void {
    const writer = new ByteWriter(128)
    writePageHeader(writer, header)
    this.#add(writer.getBytes())
    this.uncompressed += writer.offset
  }

  #add(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.pieces.push(piece)
      this.size += piece.length
    }
  }
}
