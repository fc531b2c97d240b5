/**
 * A column chunk that the encoder wrote, as levels and values again.
 *
 * Values are those that are there, one after the other: numbers in one array, wide decimals as words, booleans a byte each,
 * texts as entries and a number for each. Levels are left out where they say nothing: no slot is
 * without a value, and each row has one slot or the fixed number of its list.
 */
import * as zlib from 'node:zlib'
import { parquetHeader } from 'hyparquet/src/column.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { byteStreamSplit, readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { fail } from '../../../errors.ts'
import type { Turns } from '../../turns.ts'
import type { RowGroup } from '../chunk.ts'
import { depthOf } from '../levels.ts'
import type { Shape } from '../schema.ts'
import { turnedBack } from '../wide-decimals.ts'

export type Numbers = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint32Array

export interface Texts {
  readonly entries: readonly Uint8Array[]
  /** Which entry each value is. */
  readonly numbers: Int32Array
}

export interface ReadChunk {
  /** Of each slot; undefined if no slot lacks its value. */
  readonly definition: Uint8Array | undefined
  /** Of each slot; undefined if rows have one slot, or a fixed number. */
  readonly repetition: Uint8Array | undefined
  readonly values: Numbers | Uint8Array | Texts
}

type Meta = NonNullable<RowGroup['columns'][number]['meta_data']>
type Header = ReturnType<typeof parquetHeader>

interface Reader {
  readonly view: DataView
  offset: number
}

const ARRAYS = { int32: Int32Array, int64: BigInt64Array, float32: Float32Array, float64: Float64Array, bits: Uint8Array, bytes: Int32Array, decimals: Uint32Array } as const

/** `bytes` are those of the chunk. */
export async function readChunk(bytes: Uint8Array, shape: Shape, meta: Meta, turns: Turns): Promise<ReadChunk> {
  const { leaf, list, is_nullable } = shape
  const [slots, nulls] = [Number(meta.num_values), Number(meta.statistics?.null_count ?? 0)]
  const words = (leaf.element.type_length ?? 4) / 4
  const values = new ARRAYS[leaf.held]((slots - nulls) * words)
  const definition = nulls > 0 ? new Uint8Array(slots) : undefined
  const repetition = list !== undefined && (nulls > 0 || list.size === undefined) ? new Uint8Array(slots) : undefined
  const definitionBits = list === undefined ? 1 : bitsOf(depthOf(is_nullable, list.is_nullable).item)
  const reader = readerOf(bytes)
  let dictionary: Numbers | Uint8Array[] | undefined
  let entries: Uint8Array[] = []
  let [slot, value] = [0, 0]
  while (slot < slots) {
    await turns.give()
    const header = parquetHeader(reader)
    const page = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size)
    reader.offset += header.compressed_page_size
    if (header.dictionary_page_header !== undefined) {
      const body = uncompressed(page, meta.codec, header.uncompressed_page_size)
      dictionary = readPlain(readerOf(body), meta.type, header.dictionary_page_header.num_values, undefined) as typeof dictionary
      if (leaf.held === 'bytes') entries = dictionary as Uint8Array[]
      continue
    }
    const { levels, body, num_values, num_nulls, encoding } = pageOf(header, page, meta.codec)
    if (repetition !== undefined) readRleBitPackedHybrid(readerOf(levels.repetition), 1, repetition.subarray(slot, slot + num_values), levels.repetition.length)
    if (definition !== undefined && levels.definition.length > 0) readRleBitPackedHybrid(readerOf(levels.definition), definitionBits, definition.subarray(slot, slot + num_values), levels.definition.length)
    const target = values.subarray(value, value + (num_values - num_nulls) * words)
    if (target instanceof Uint32Array) target.set(turnedBack(body, words))
    else if (leaf.held === 'bytes' && encoding === 'PLAIN') appendTexts(entries, target as Int32Array, body)
    else readValues(target as Numbers, body, encoding, meta.type, dictionary as Numbers | undefined, leaf.held === 'bytes')
    slot += num_values
    value += target.length
  }
  return { definition, repetition, values: leaf.held === 'bytes' ? { entries, numbers: values as Int32Array } : values as Numbers }
}

function readValues(target: Numbers | Uint8Array, body: Uint8Array, encoding: string, type: Meta['type'], dictionary: Numbers | undefined, isText: boolean): void {
  const reader = readerOf(body)
  const { length } = target
  if (length === 0) return
  switch (encoding) {
    case 'PLAIN': return target instanceof Uint8Array ? unpackBits(target, body) : target.set(readPlain(reader, type, length, undefined) as never)
    case 'RLE': return readRleBitPackedHybrid(reader, 1, target)
    case 'BYTE_STREAM_SPLIT': return target.set(byteStreamSplit(reader, length, type, undefined) as never)
    case 'DELTA_BINARY_PACKED': return deltaBinaryUnpack(reader, length, target as Int32Array)
    case 'RLE_DICTIONARY': {
      const numbers = isText ? target as unknown as Int32Array : new Int32Array(length)
      const bits = reader.view.getUint8(reader.offset++)
      if (bits > 0) readRleBitPackedHybrid(reader, bits, numbers, body.length - 1)
      if (!isText) for (let i = 0; i < length; i++) target[i] = dictionary?.[numbers[i] as number] as never
      return
    }
    default: throw fail('source_corrupt', { path: 'a Parquet file', problem: `has a page of the encoding ${encoding}` })
  }
}

function appendTexts(entries: Uint8Array[], numbers: Int32Array, body: Uint8Array): void {
  for (const [i, entry] of (readPlain(readerOf(body), 'BYTE_ARRAY', numbers.length, undefined) as Uint8Array[]).entries()) numbers[i] = entries.push(entry) - 1
}

function unpackBits(target: Uint8Array, bits: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = ((bits[i >> 3] as number) >> (i & 7)) & 1
}

interface Page {
  readonly levels: { readonly repetition: Uint8Array; readonly definition: Uint8Array }
  readonly body: Uint8Array
  readonly num_values: number
  readonly num_nulls: number
  readonly encoding: string
}

/** Levels come first and are never compressed. */
function pageOf({ data_page_header_v2, uncompressed_page_size }: Header, page: Uint8Array, codec: Meta['codec']): Page {
  if (data_page_header_v2 === undefined) throw fail('source_corrupt', { path: 'a Parquet file', problem: 'has pages that heatbath does not write' })
  const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition, is_compressed, num_values, num_nulls, encoding } = data_page_header_v2
  const body = page.subarray(repetition + definition)
  return {
    levels: { repetition: page.subarray(0, repetition), definition: page.subarray(repetition, repetition + definition) },
    body: is_compressed === false ? body : uncompressed(body, codec, uncompressed_page_size - repetition - definition),
    num_values, num_nulls, encoding,
  }
}

function uncompressed(bytes: Uint8Array, codec: Meta['codec'], size: number): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED': return bytes
    case 'SNAPPY': {
      const out = new Uint8Array(size)
      snappyUncompress(bytes, out)
      return out
    }
    case 'GZIP': return zlib.gunzipSync(bytes)
    case 'ZSTD': {
      const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }
      if (zstdDecompressSync === undefined) throw fail('sink_compression', { compression: 'zstd', node: process.version })
      return zstdDecompressSync(bytes)
    }
    default: throw fail('source_corrupt', { path: 'a Parquet file', problem: `has pages of the compression ${codec}` })
  }
}

const readerOf = (bytes: Uint8Array): Reader => ({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 })

const bitsOf = (level: number): number => 32 - Math.clz32(level)
