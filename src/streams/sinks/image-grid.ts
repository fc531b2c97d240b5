/**
 * The images of the last step as one PNG, in a grid.
 *
 * Images are the column whose field says `heatbath.shape` [height, width] or [height, width,
 * channels], with 1, 3 or 4 channels; values from 0 to 1, or bytes, are black to white, others are clamped. A
 * step may come in several batches (its chains in blocks); a stream without a `step` column has the
 * images of its last batch. Images lie 2 pixels apart, row by row. With `every`, frames of earlier
 * steps go into a folder beside the file.
 * Errors: sink_column, sink_exists, sink_path, sink_disk_full, sink_unwritable.
 */
import path from 'node:path'
import type { RecordBatch, Schema } from 'apache-arrow'
import { encode } from 'fast-png'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { isByteImage, unitNumbers } from '../arrow/bytes.ts'
import { readNumbers, type ColumnNumbers, type NumberArray } from '../arrow/numbers.ts'
import { readFloats } from '../arrow/read.ts'
import { hasSteps, stepRuns, type StepRun } from '../arrow/steps.ts'
import { defineSink, type Writer, type Written } from './contract.ts'
import { PartFile, PartFolder, prepareFile, prepareFolder } from './disk.ts'
import { targetOf, type Target } from './paths.ts'

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'PNG file to write, relative to the run folder.' }),
  columns: z.int().positive().max(256).optional()
    .meta({ description: 'Images beside each other; unless given, as many as make the grid about square, up to 32.' }),
  rows: z.int().positive().max(256).optional().meta({ description: 'Images above each other; unless given, as many as there are, up to 32.' }),
  scale: z.int().positive().max(64).default(1).meta({ description: 'Pixels of the file for each pixel of an image, in both directions.' }),
  every: z.int().positive().optional()
    .meta({ description: 'Also write a frame every so many emitted steps: step-00000100.png and so on, into the folder of the file\'s name with -frames.' }),
  overwrite: z.boolean().default(false).meta({ description: 'Replace an existing file, and a folder that holds nothing but frames.' }),
})

type Options = z.output<typeof Config>

export const imageGrid = defineSink({
  name: 'image_grid',
  summary: 'Writes the images of the last step into a PNG file.',
  config: Config,
  example: 'outputs: [{ from: samples, image_grid: { path: digits.png } }]',
  reference: 'torchvision.utils.make_grid: https://docs.pytorch.org/vision/stable/generated/torchvision.utils.make_grid.html',
  places: ({ path: file, every, overwrite }) => ({ paths: every === undefined ? [file] : [file, framesPath(file)], overwrite }),
  async open(options, schema, context) {
    const format = formatOf(schema)
    const target = targetOf(options.path, context)
    await prepareFile(target, options.overwrite)
    const frames = options.every === undefined ? undefined : await openFrames(targetOf(framesPath(options.path), context), options)
    return new Grid(target, frames, format, options)
  },
})

const FRAME = /^step-\d{8,}\.png$/

const framesPath = (file: string): string => `${file.slice(0, file.length - path.extname(file).length)}-frames`

async function openFrames(target: Target, { overwrite }: Options): Promise<PartFolder> {
  await prepareFolder(target, overwrite, FRAME)
  return PartFolder.create(target)
}

interface Format {
  readonly column: string
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3 | 4
}

const Shape = z.union([z.tuple([z.int().positive(), z.int().positive()]), z.tuple([z.int().positive(), z.int().positive(), z.literal([1, 3, 4])])])

const EXTENTS = /^\[\d+(, ?\d+)*\]$/

function formatOf(schema: Schema): Format {
  for (const { name, metadata } of schema.fields) {
    const shape = metadata.get('heatbath.shape') ?? ''
    const parsed = Shape.safeParse(EXTENTS.test(shape) ? JSON.parse(shape) : undefined)
    if (parsed.success) return { column: name, height: parsed.data[0], width: parsed.data[1], channels: parsed.data[2] ?? 1 }
  }
  const [column, type] = schema.fields.map((field) => [field.name, field.type] as const).find(([name]) => name === 'x') ?? ['x', 'none']
  throw fail('sink_column', { column, type, format: 'images (its field needs heatbath.shape [height, width] or [height, width, channels])' })
}

class Grid implements Writer {
  readonly #target: Target
  readonly #frames: PartFolder | undefined
  readonly #format: Format
  readonly #options: Options
  #file: PartFile | undefined
  #step: number | undefined
  /** Of the present step. */
  #images: NumberArray[] = []
  #num_images = 0
  #num_steps = 0
  #num_rows = 0
  /** Images that the largest grid takes. */
  readonly #room: number

  constructor(target: Target, frames: PartFolder | undefined, format: Format, options: Options) {
    this.#room = (options.columns ?? MOST) * (options.rows ?? MOST)
    this.#target = target
    this.#frames = frames
    this.#format = format
    this.#options = options
  }

  async write(batch: RecordBatch): Promise<void> {
    this.#num_rows += batch.numRows
    const { column } = this.#format
    for (const { step, from, to } of runsOf(batch)) {
      if (step === undefined || step !== this.#step) {
        await this.#frame()
        this.#begin(step)
      }
      const { values, size } = pixelsOf(batch.slice(from, to), column)
      const rows = Math.min(to - from, this.#room - this.#num_images)
      if (rows > 0) this.#images.push(values.subarray(0, rows * size))
      this.#num_images += Math.max(0, rows)
    }
  }

  async commit(): Promise<Written> {
    await this.#frame()
    this.#file = await PartFile.create(this.#target)
    await this.#file.write([this.#png()])
    await this.#file.commit()
    await this.#frames?.commit()
    return { path: this.#target.relative, num_rows: this.#num_rows, bytes: this.#file.bytes, sha256: this.#file.sha256 }
  }

  async abort(): Promise<void> {
    try {
      await this.#file?.abort()
    } finally {
      await this.#frames?.abort()
    }
  }

  #begin(step: number | undefined): void {
    this.#step = step
    this.#images = []
    this.#num_images = 0
    this.#num_steps++
  }

  /** Writes the present step as a frame, if it is one. */
  async #frame(): Promise<void> {
    const { every } = this.#options
    if (this.#frames === undefined || every === undefined || this.#num_steps === 0 || this.#num_steps % every !== 0) return
    const number = this.#step ?? this.#num_steps
    const file = await PartFile.create(this.#frames.file(`step-${String(number).padStart(8, '0')}.png`))
    await file.write([this.#png()])
    await file.commit()
  }

  #png(): Uint8Array {
    const { columns, rows } = layout(this.#num_images, this.#options)
    return draw(this.#images, this.#format, columns, rows, this.#options.scale)
  }
}

/** Floats, or bytes from 0 to 1. */
function pixelsOf(rows: RecordBatch, column: string): ColumnNumbers {
  const field = rows.schema.fields.find(({ name }) => name === column)
  return field !== undefined && isByteImage(field) ? unitNumbers(field, readNumbers(rows, column)) : readFloats(rows, column)
}

/** Images in a row, and rows, unless more are asked for. */
const MOST = 32

function layout(images: number, given: Options): { readonly columns: number; readonly rows: number } {
  const columns = given.columns ?? Math.min(MOST, Math.max(1, Math.ceil(given.rows === undefined ? Math.sqrt(images) : images / given.rows)))
  return { columns, rows: given.rows ?? Math.min(MOST, Math.max(1, Math.ceil(images / columns))) }
}

const GAP = 2

function draw(parts: readonly NumberArray[], { height, width, channels }: Format, columns: number, rows: number, scale: number): Uint8Array {
  const pitch = (extent: number, count: number): number => (count * (extent + GAP) + GAP) * scale
  const [wide, high] = [pitch(width, columns), pitch(height, rows)]
  const pixels = new Uint8Array(wide * high * channels)
  if (channels === 4) for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255
  let cell = 0
  for (const part of parts) {
    for (let at = 0; at < part.length && cell < columns * rows; at += height * width * channels, cell++) {
      const left = (GAP + (cell % columns) * (width + GAP)) * scale
      const top = (GAP + Math.floor(cell / columns) * (height + GAP)) * scale
      for (let y = 0; y < height * scale; y++) {
        for (let x = 0; x < width * scale; x++) {
          const from = at + (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels
          const to = ((top + y) * wide + left + x) * channels
          for (let c = 0; c < channels; c++) pixels[to + c] = level(part[from + c] as number)
        }
      }
    }
  }
  return encode({ width: wide, height: high, data: pixels, channels, depth: 8 })
}

/** NaN is black. */
const level = (value: number): number => (value > 0 ? Math.round(Math.min(1, value) * 255) : 0)

/** Rows of one step after the other; all rows of a stream that counts none. */
const runsOf = (batch: RecordBatch): readonly (Omit<StepRun, 'step'> & Partial<StepRun>)[] => (hasSteps(batch) ? stepRuns(batch) : [{ from: 0, to: batch.numRows }])
