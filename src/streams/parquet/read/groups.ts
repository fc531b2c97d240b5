/**
 * Row groups of files that the encoder wrote, as record batches: of a whole file, or of one that is
 * still being written, whose groups are known though it has no footer yet.
 * Errors: source_corrupt.
 */
import type { FileHandle } from 'node:fs/promises'
import { RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow'
import { parquetMetadataAsync } from 'hyparquet/src/metadata.js'
import { fail } from '../../../errors.ts'
import { recordBatch } from '../../arrow/columns.ts'
import type { Turns } from '../../turns.ts'
import type { RowGroup } from '../chunk.ts'
import { shapeOf } from '../schema.ts'
import { readChunk } from './chunk.ts'
import { readColumn } from './column.ts'

export interface Footer {
  readonly schema: Schema
  readonly groups: readonly RowGroup[]
}

export async function readFooter(file: FileHandle, path: string): Promise<Footer> {
  const { size } = await file.stat()
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => (await bytesAt(file, path, start, end - start)).buffer
  const metadata = await parquetMetadataAsync({ byteLength: size, slice }).catch((error: unknown) => {
    throw fail('source_corrupt', { path, problem: error instanceof Error ? error.message : String(error) }, error)
  })
  const arrow = metadata.key_value_metadata?.find(({ key }) => key === 'ARROW:schema')?.value
  if (arrow === undefined) throw fail('source_corrupt', { path, problem: 'was not written by heatbath' })
  return { schema: RecordBatchReader.from(Buffer.from(arrow, 'base64')).open().schema, groups: metadata.row_groups as readonly RowGroup[] }
}

export async function readGroup(file: FileHandle, path: string, schema: Schema, { columns, num_rows }: RowGroup, turns: Turns): Promise<RecordBatch> {
  const rows = Number(num_rows)
  const data = []
  for (const [i, field] of schema.fields.entries()) {
    const meta = columns[i]?.meta_data
    if (meta === undefined) throw fail('source_corrupt', { path, problem: `has no column ${field.name}` })
    const begin = Number(meta.dictionary_page_offset ?? meta.data_page_offset)
    const bytes = await bytesAt(file, path, begin, Number(meta.total_compressed_size))
    const shape = shapeOf(field)
    data.push(readColumn(field, shape, await readChunk(bytes, shape, meta, turns), rows))
  }
  return recordBatch(schema, rows, data)
}

async function bytesAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at)
    if (bytesRead === 0) throw fail('source_corrupt', { path, problem: 'ends too early' })
    at += bytesRead
  }
  return bytes
}
