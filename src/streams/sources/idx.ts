/**
 * Images with labels out of IDX files of unsigned bytes: MNIST, and what has files of the same names.
 *
 * Columns: x FixedSizeList<uint8>, grey values row by row, its shape [height, width] in the field's
 * metadata (heatbath.shape); label uint8. Batches are views of the files' bytes, which are read once
 * and kept while the source is; with .gz behind their names they are unpacked.
 * Errors: source_missing, source_corrupt for a file that is cut off or not an IDX file of images.
 */
import { Field, FixedSizeList, makeData, Schema, Uint8, type RecordBatch } from 'apache-arrow'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { recordBatch } from '../arrow/columns.ts'
import { fromPull } from '../pull.ts'
import type { Source, SourceContext } from './contract.ts'

/** The fields that all sources of IDX files have. */
export const IDX = {
  split: z.enum(['train', 'test']).default('train').meta({ description: 'The 60 000 images to train on, or the 10 000 to test.' }),
  batch_rows: z.int().positive().default(1000).meta({ description: 'Rows of each batch.' }),
} as const

export interface IdxFiles {
  readonly split: 'train' | 'test'
  readonly batch_rows: number
  /** Where the files are; throws source_missing. */
  folder(): string
  /** Of files that are not there. */
  readonly remedy: string
}

export function imagesInIdx(files: IdxFiles, { limit = Infinity }: SourceContext): Source {
  const { batch_rows } = files
  let reading: Promise<Images> | undefined
  const images = (): Promise<Images> => (reading ??= readImages(files))
  return {
    rows$: fromPull(async function* () {
      const read = await images()
      const rows = Math.min(limit, read.rows)
      for (let row = 0; row < rows; row += batch_rows) yield batchOf(read, row, Math.min(rows, row + batch_rows))
    }),
    schema: async () => (await images()).schema,
    numRows: async () => Math.min(limit, (await images()).rows),
    can_replay: true,
  }
}

interface Images {
  readonly rows: number
  /** Bytes of an image. */
  readonly size: number
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly schema: Schema
}

const PREFIX = { train: 'train', test: 't10k' } as const

async function readImages({ split, folder, remedy }: IdxFiles): Promise<Images> {
  const place = folder()
  const images = await readIdx(place, `${PREFIX[split]}-images-idx3-ubyte`, 3, remedy) // one after the other: of two that are not there the first is told
  const labels = await readIdx(place, `${PREFIX[split]}-labels-idx1-ubyte`, 1, remedy)
  const [rows = 0, height = 0, width = 0] = images.shape
  if (labels.shape[0] !== rows) throw fail('source_corrupt', { path: labels.file, problem: `has ${labels.shape[0]} labels for ${rows} images` })
  const schema = new Schema([
    new Field('x', imageType(height * width), false, new Map([['heatbath.shape', JSON.stringify([height, width])]])),
    new Field('label', new Uint8(), false),
  ])
  return { rows, size: height * width, images: images.bytes, labels: labels.bytes, schema }
}

interface Idx {
  readonly file: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** A file of unsigned bytes with so many axes: two zeros, 8, their number, an extent of four bytes for each, the values. */
async function readIdx(folder: string, name: string, axes: number, remedy: string): Promise<Idx> {
  const file = await findFile(folder, [name, name.replace('-idx', '.idx')], remedy)
  const content = await readFile(file)
  const bytes = file.endsWith('.gz') ? await unpack(file, content) : content
  const header = 4 + 4 * axes
  if (bytes.length < header || bytes.readUInt32BE(0) !== 0x0800 + axes) throw fail('source_corrupt', { path: file, problem: `is not an IDX file of bytes with ${axes} axes` })
  const shape = Array.from({ length: axes }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis))
  const size = shape.reduce((product, extent) => product * extent, 1)
  if (bytes.length !== header + size) throw fail('source_corrupt', { path: file, problem: `has ${bytes.length - header} values instead of the ${size} of its header` })
  return { file, shape, bytes: bytes.subarray(header) }
}

async function findFile(folder: string, names: readonly string[], remedy: string): Promise<string> {
  const candidates = names.flatMap((name) => [path.join(folder, name), path.join(folder, `${name}.gz`)])
  for (const candidate of candidates) if (await exists(candidate)) return candidate
  throw fail('source_missing', { path: candidates[0], remedy })
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false)

const unpack = (file: string, content: Buffer): Promise<Buffer> => promisify(gunzip)(content).catch((cause: unknown) => {
  throw fail('source_corrupt', { path: file, problem: `cannot be unpacked: ${(cause as Error).message}` }, cause)
})

const imageType = (size: number): FixedSizeList<Uint8> => new FixedSizeList(size, new Field('item', new Uint8(), false))

function batchOf({ schema, size, images, labels }: Images, from: number, to: number): RecordBatch {
  const bytes = (data: Uint8Array) => makeData({ type: new Uint8(), length: data.length, nullCount: 0, data })
  const child = bytes(images.subarray(from * size, to * size))
  const x = makeData({ type: imageType(size), length: to - from, nullCount: 0, child })
  return recordBatch(schema, to - from, [x, bytes(labels.subarray(from, to))])
}
