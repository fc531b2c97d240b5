/**
 * Parquet, a row group at a time.
 *
 * Rows are copied into columns of one row group; a full group is encoded and its bytes are given to
 * the caller, so that memory is bounded by one group. Groups end at fixed numbers of rows (or where
 * a text column has taken a fixed number of bytes): the file depends on the rows alone, not on the
 * batches they come in. Pages are of version 2.
 * Errors: sink_column, stream_schema.
 */
import { DataType, type Data, type RecordBatch, type Schema } from 'apache-arrow'
import { ByteWriter } from 'hyparquet-writer'
import { writeIndexes } from 'hyparquet-writer/src/indexes.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { checkSchema } from '../arrow/same-schema.ts'
import { placed, type RowGroup } from './chunk.ts'
import type { Codec } from './codecs.ts'
import { columnOf, type Column } from './column.ts'
import { elementsOf, metadataOf, shapeOf, type Shape } from './schema.ts'

export interface ParquetOptions {
  readonly codec: Codec
  /** Rows of a row group; unless given, as many as take about 32 MiB, at most 131072. */
  readonly row_group_rows?: number
}

const GROUP_ROWS = 131_072
const GROUP_BYTES = 2 ** 25
const MAGIC = Uint8Array.from([0x50, 0x41, 0x52, 0x31])

export class ParquetEncoder {
  readonly #schema: Schema
  readonly #codec: Codec
  readonly #shapes: readonly Shape[]
  readonly #columns: readonly Column[]
  readonly #group_rows: number
  readonly #groups: RowGroup[] = []
  readonly #indexes: ReturnType<typeof placed>[] = []
  #offset = 0
  /** Rows of the present group, and bytes of each of its columns of texts. */
  #rows = 0
  #texts: number[]
  num_rows = 0

  constructor(schema: Schema, { codec, row_group_rows }: ParquetOptions) {
    this.#schema = schema
    this.#codec = codec
    this.#shapes = schema.fields.map(shapeOf)
    this.#columns = this.#shapes.map(columnOf)
    const width = this.#shapes.reduce((sum, shape) => sum + widthOf(shape), 0)
    this.#group_rows = row_group_rows ?? Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_BYTES / width)))
    this.#texts = this.#shapes.map(() => 0)
  }

  /** Where the row groups lie that were handed on so far. */
  get groups(): readonly RowGroup[] {
    return this.#groups
  }

  /** Takes rows [from, to) of a batch; hands on the bytes of each row group that they fill. */
  async rows(batch: RecordBatch, from: number, to: number, hand: (bytes: Uint8Array[]) => Promise<void>): Promise<void> {
    checkSchema(batch, this.#schema)
    for (let at = from; at < to;) {
      const rows = this.#room(batch, at, to)
      if (rows > 0) this.#take(batch, at, rows)
      at += rows
      if (rows === 0 || this.#rows === this.#group_rows) await hand(await this.#group())
    }
  }

  /** The rows that wait, and what a file ends with. */
  async end(): Promise<Uint8Array[]> {
    const last = this.#rows > 0 ? await this.#group() : this.#start()
    const writer = new ByteWriter()
    writer.offset = this.#offset
    writeIndexes(writer, this.#indexes.map(({ chunk, offsetIndex }) => ({ chunk, ...(offsetIndex === undefined ? {} : { offsetIndex }) })))
    writeMetadata(writer, {
      version: 2,
      created_by: 'heatbath',
      schema: elementsOf(this.#shapes),
      num_rows: BigInt(this.num_rows),
      row_groups: this.#groups,
      key_value_metadata: metadataOf(this.#schema),
    } as Parameters<typeof writeMetadata>[1])
    writer.appendBytes(MAGIC)
    return [...last, writer.getBytes()]
  }

  /** Rows from `at` on that the present group takes; 0 if it must end first. */
  #room(batch: RecordBatch, at: number, to: number): number {
    let rows = Math.min(to - at, this.#group_rows - this.#rows)
    for (const [i, taken] of this.#texts.entries()) {
      rows = Math.min(rows, rowsWithin(batch.data.children[i] as Data, at, rows, GROUP_BYTES - taken))
    }
    return rows === 0 && this.#rows === 0 ? 1 : rows // a text larger than a group has a group of its own
  }

  #take(batch: RecordBatch, at: number, rows: number): void {
    for (const [i, column] of this.#columns.entries()) {
      const data = batch.data.children[i] as Data
      column.append(data, at, rows)
      this.#texts[i] = (this.#texts[i] as number) + textBytes(data, at, rows)
    }
    this.#rows += rows
  }

  /** What a file begins with, once. */
  #start(): Uint8Array[] {
    if (this.#offset > 0) return []
    this.#offset = MAGIC.length
    return [MAGIC]
  }

  async #group(): Promise<Uint8Array[]> {
    const bytes = this.#start()
    const begin = this.#offset
    const chunks = await Promise.all(this.#columns.map((column) => column.encode(this.#codec)))
    const columns = chunks.map((chunk) => {
      const index = placed(chunk, this.#offset)
      this.#indexes.push(index)
      this.#offset += chunk.size
      bytes.push(...chunk.bytes)
      return index.chunk
    })
    this.#groups.push({
      columns,
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      num_rows: BigInt(this.#rows),
      total_compressed_size: BigInt(this.#offset - begin),
    })
    this.num_rows += this.#rows
    this.#rows = 0
    this.#texts = this.#texts.map(() => 0)
    return bytes
  }
}

const WIDTHS = { bits: 0.125, int32: 4, int64: 8, float32: 4, float64: 8, bytes: 32, decimals: 16 } as const
const LIST_ITEMS = 32

/** Bytes of a row; a guess where they vary. */
const widthOf = ({ leaf, list }: Shape): number => WIDTHS[leaf.held] * (list === undefined ? 1 : (list.size ?? LIST_ITEMS))

const isText = ({ type }: Data): boolean =>
  DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)

/** Of rows [at, at + rows); a column of nulls may have no offsets. */
const textBytes = (data: Data, at: number, rows: number): number =>
  isText(data) && data.valueOffsets.length > data.length ? Number(data.valueOffsets[at + rows]) - Number(data.valueOffsets[at]) : 0

/** How many rows from `at` on, of `rows`, have at most so many bytes of text. */
function rowsWithin(data: Data, at: number, rows: number, bytes: number): number {
  if (!isText(data) || textBytes(data, at, rows) <= bytes) return rows
  let [low, high] = [0, rows]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (textBytes(data, at, middle) <= bytes) low = middle
    else high = middle - 1
  }
  return low
}
