/**
 * Parquet: one file, or a folder of parts.
 *
 * A path that ends in .parquet is a file; any other is a folder of part-00000.parquet, part-00001.parquet
 * and so on, a new one every `rows_per_file` rows. Files depend on the rows alone: the same rows in
 * other batches make the same bytes. Nothing has its name before all is on the disk.
 * Errors: sink_exists, sink_path, sink_column, sink_compression, sink_disk_full, sink_unwritable.
 */
import { createHash } from 'node:crypto'
import type { RecordBatch, Schema } from 'apache-arrow'
import { z } from 'zod'
import { codecOf, COMPRESSIONS, type Codec } from '../parquet/codecs.ts'
import { ParquetEncoder } from '../parquet/encoder.ts'
import { defineSink, type Writer, type Written } from './contract.ts'
import { PartFile, PartFolder, prepareFile, prepareFolder } from './disk.ts'
import { withOrigin } from './origin.ts'
import { ParquetRecording, recordedParquet, type RecordedPart } from './parquet-recording.ts'
import { targetOf, type Target } from './paths.ts'

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'File (if it ends in .parquet) or folder of files, relative to the run folder.' }),
  rows_per_file: z.int().positive().default(10_000_000).meta({ description: 'Rows of each file of a folder.' }),
  row_group_rows: z.int().positive().max(2 ** 22).optional()
    .meta({ description: 'Rows of each row group; unless given 131072, or fewer where rows are so wide that this would be more than 32 MiB.' }),
  compression: z.enum(COMPRESSIONS).default('snappy')
    .meta({ description: 'Of each column; columns that hardly get smaller are left uncompressed. zstd needs Node 22.15.' }),
  overwrite: z.boolean().default(false).meta({ description: 'Replace an existing file, or a folder that holds nothing but such files.' }),
})

type Options = z.output<typeof Config>

export const parquet = defineSink({
  name: 'parquet',
  summary: 'Writes batches to Parquet files.',
  config: Config,
  example: 'outputs: [{ from: samples, parquet: { path: samples } }]',
  reference: 'https://parquet.apache.org/docs/file-format/',
  check: ({ compression }) => void codecOf(compression),
  places: ({ path, overwrite }) => ({ paths: [path], overwrite }),
  async open(options, schema, context) {
    const codec = codecOf(options.compression)
    const target = targetOf(options.path, context)
    const whole = withOrigin(schema, context)
    return target.full.endsWith('.parquet') ? openFile(target, whole, codec, options) : openFolder(target, whole, codec, options)
  },
  recordingAt: async (path, context) => recordedParquet(targetOf(path, context), PART),
})

const PART = /^part-\d{5,}\.parquet$/

async function openFile(target: Target, schema: Schema, codec: Codec, options: Options): Promise<Writer> {
  await prepareFile(target, options.overwrite)
  const encoder = new ParquetEncoder(schema, encoderOptions(codec, options))
  const file = await PartFile.create(target)
  const recording = new ParquetRecording(schema)
  const part = recording.begin(file.names, encoder.groups)
  return {
    recording,
    write: (batch) => encoder.rows(batch, 0, batch.numRows, async (bytes) => {
      await file.write(bytes)
      part.num_rows = encoder.num_rows
    }),
    async commit() {
      await file.write(await encoder.end())
      recording.end(part, encoder.num_rows)
      await file.commit()
      return { path: target.relative, num_rows: encoder.num_rows, bytes: file.bytes, sha256: file.sha256 }
    },
    abort: () => file.abort(),
  }
}

async function openFolder(target: Target, schema: Schema, codec: Codec, options: Options): Promise<Writer> {
  await prepareFolder(target, options.overwrite, PART)
  const parts = new Parts(target, schema, codec, options)
  await parts.begin()
  return parts
}

interface Part {
  readonly encoder: ParquetEncoder
  readonly file: PartFile
  readonly recorded: RecordedPart
  rows: number
}

class Parts implements Writer {
  readonly #target: Target
  readonly #schema: Schema
  readonly #codec: Codec
  readonly #options: Options
  readonly #hash = createHash('sha256')
  readonly recording: ParquetRecording
  #folder!: PartFolder
  #part: Part | undefined
  #num_parts = 0
  #num_rows = 0
  #bytes = 0

  constructor(target: Target, schema: Schema, codec: Codec, options: Options) {
    this.#target = target
    this.#schema = schema
    this.#codec = codec
    this.#options = options
    this.recording = new ParquetRecording(schema)
  }

  async begin(): Promise<void> {
    new ParquetEncoder(this.#schema, encoderOptions(this.#codec, this.#options)) // a column that cannot be written is found before there is a folder
    this.#folder = await PartFolder.create(this.#target)
  }

  async write(batch: RecordBatch): Promise<void> {
    const { rows_per_file } = this.#options
    for (let at = 0; at < batch.numRows;) {
      const part = (this.#part ??= await this.#open())
      const rows = Math.min(batch.numRows - at, rows_per_file - part.rows)
      await part.encoder.rows(batch, at, at + rows, async (bytes) => {
        await part.file.write(bytes)
        part.recorded.num_rows = part.encoder.num_rows
      })
      part.rows += rows
      at += rows
      if (part.rows === rows_per_file) await this.#close()
    }
  }

  async commit(): Promise<Written> {
    if (this.#num_parts === 0) this.#part = await this.#open() // an empty stream has a file that tells its columns
    await this.#close()
    await this.#folder.commit()
    return { path: this.#target.relative, num_rows: this.#num_rows, bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') }
  }

  async abort(): Promise<void> {
    try {
      await this.#part?.file.abort()
    } finally {
      await this.#folder.abort()
    }
  }

  async #open(): Promise<Part> {
    const name = `part-${String(this.#num_parts++).padStart(5, '0')}.parquet`
    const file = await PartFile.create(this.#folder.file(name), this.#hash)
    const encoder = new ParquetEncoder(this.#schema, encoderOptions(this.#codec, this.#options))
    return { encoder, file, recorded: this.recording.begin([...file.names, this.#folder.later(name)], encoder.groups), rows: 0 }
  }

  async #close(): Promise<void> {
    if (this.#part === undefined) return
    const { encoder, file, recorded } = this.#part
    await file.write(await encoder.end())
    this.recording.end(recorded, encoder.num_rows)
    await file.commit()
    this.#num_rows += encoder.num_rows
    this.#bytes += file.bytes
    this.#part = undefined
  }
}

const encoderOptions = (codec: Codec, { row_group_rows }: Options) => ({ codec, ...(row_group_rows === undefined ? {} : { row_group_rows }) })
