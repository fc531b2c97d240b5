/**
 * A folder of PNG and JPEG pictures, all brought to one size.
 *
 * A picture is turned as its camera says, scaled until it covers the size, cut to it around its middle,
 * and laid on white where it is transparent. Columns: x FixedSizeList<uint8>, row by row, its shape
 * [height, width], with rgb [height, width, 3], in the field's metadata (heatbath.shape); label utf8,
 * the first folder below `path`, null without one; file utf8, from `path` on. In order of file names;
 * a batch's pictures are read at once, no others are held. Other files are passed over.
 * With on_invalid `drop` so is a picture that cannot be read, which the number of rows still counts.
 * Errors: source_missing without a folder or a picture in it, source_corrupt for one that cannot be read.
 */
import { Field, FixedSizeList, makeData, Schema, Uint8, Utf8, vectorFromArray, type Data, type RecordBatch } from 'apache-arrow'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { recordBatch, utf8Column } from '../arrow/columns.ts'
import { fromPull } from '../pull.ts'
import { defineSource } from './contract.ts'

const extent = z.int().positive().max(4096)

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'Folder of the pictures: files that end in .png, .jpg or .jpeg; others, as WebP, are passed over. The first folder below it is the label of a picture.' }),
  size: z.union([extent, z.tuple([extent, extent])]).default(64).meta({ description: 'Pixels of a side, or [height, width]: a picture is turned as its camera says, scaled until it covers them and cut around its middle.' }),
  color: z.enum(['rgb', 'grey']).default('rgb').meta({ description: 'Three values for each pixel, or one; what is transparent lies on white.' }),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of a picture that cannot be read, as one that is cut off.' }),
  batch_rows: z.int().positive().max(10_000).default(64).meta({ description: 'Rows of each batch.' }),
})

const PICTURE = /\.(png|jpe?g)$/i

export const images = defineSource({
  name: 'images',
  summary: 'The PNG and JPEG pictures of a folder, brought to one size.',
  config: Config,
  example: 'source: { images: { path: photos, size: 64 } }',
  reference: 'torchvision.datasets.ImageFolder: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html',
  open({ path: given, size, color, on_invalid, batch_rows }, { folder, limit = Infinity }) {
    const place = path.resolve(folder, given)
    const [height, width] = typeof size === 'number' ? [size, size] : size
    const format: Format = { height, width, color }
    const schema = schemaOf(format)
    let listing: Promise<readonly string[]> | undefined
    const files = (): Promise<readonly string[]> => (listing ??= filesIn(place).then((found) => found.slice(0, limit)))
    return {
      rows$: fromPull(async function* () {
        const found = await files()
        for (let row = 0; row < found.length; row += batch_rows) {
          const batch = await read(place, found.slice(row, row + batch_rows), format, schema, on_invalid)
          if (batch.numRows > 0) yield batch
        }
      }),
      schema: () => Promise.resolve(schema),
      numRows: async () => (await files()).length,
      can_replay: true,
    }
  },
})

interface Format {
  readonly height: number
  readonly width: number
  readonly color: 'rgb' | 'grey'
}

const sizeOf = ({ height, width, color }: Format): number => height * width * (color === 'rgb' ? 3 : 1)

const imageType = (format: Format): FixedSizeList<Uint8> => new FixedSizeList(sizeOf(format), new Field('item', new Uint8(), false))

function schemaOf(format: Format): Schema {
  const { height, width, color } = format
  const shape = JSON.stringify(color === 'rgb' ? [height, width, 3] : [height, width])
  return new Schema([new Field('x', imageType(format), false, new Map([['heatbath.shape', shape]])), new Field('label', new Utf8(), true), new Field('file', new Utf8(), false)])
}

/** Paths from the folder on, with / between their parts. */
async function filesIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw fail('source_missing', { path: `folder ${place}`, remedy: 'Name a folder of pictures; its path starts from the pipeline.' }, cause)
  })
  const found = entries.filter((entry) => !entry.isDirectory() && PICTURE.test(entry.name))
    .map(({ parentPath, name }) => path.relative(place, path.join(parentPath, name)).split(path.sep).join('/'))
  if (found.length === 0) throw fail('source_missing', { path: `picture in ${place}`, remedy: 'Pictures are files that end in .png, .jpg or .jpeg, in the folder or below it.' })
  return found.sort((a, b) => (a < b ? -1 : 1))
}

async function read(place: string, named: readonly string[], format: Format, schema: Schema, on_invalid: 'error' | 'drop'): Promise<RecordBatch> {
  const size = sizeOf(format)
  const readable = await Promise.all(named.map(async (file) => {
    const read = pixelsOf(path.join(place, file), format).then((pixels) => [{ file, pixels }])
    return on_invalid === 'error' ? read : read.catch(() => [])
  }))
  const pictures = readable.flat()
  const files = pictures.map(({ file }) => file)
  const values = new Uint8Array(files.length * size)
  pictures.forEach(({ pixels }, i) => values.set(pixels, i * size))
  const child = makeData({ type: new Uint8(), length: values.length, nullCount: 0, data: values })
  const labels = files.map((file) => (file.includes('/') ? (file.split('/')[0] as string) : null))
  return recordBatch(schema, files.length, [
    makeData({ type: imageType(format), length: files.length, nullCount: 0, child }),
    vectorFromArray(labels, new Utf8()).data[0] as Data,
    utf8Column(files),
  ])
}

async function pixelsOf(file: string, { height, width, color }: Format): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp')
  const picture = sharp(file).autoOrient().resize(width, height, { fit: 'cover' }).flatten({ background: 'white' })
  return (color === 'rgb' ? picture.toColourspace('srgb') : picture.toColourspace('b-w')).raw({ depth: 'uchar' }).toBuffer().catch((cause: unknown) => {
    throw fail('source_corrupt', { path: file, problem: `cannot be read as a picture: ${(cause as Error).message}` }, cause)
  })
}
