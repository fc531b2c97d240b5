/**
 * One Arrow IPC stream file.
 *
 * A record batch for each batch of the stream: a Langevin step stays one. Only what comes in small
 * pieces is joined, and cut at exactly 1024 rows, so that the file does not tell when they came:
 * batches below 64 rows, and those of streams that count steps without chains (training, health),
 * whose batches are as large as the machine was fast.
 * Errors: sink_exists, sink_path, sink_disk_full, sink_unwritable.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import { z } from 'zod'
import { encodeStream } from '../arrow/ipc.ts'
import { concatBatches } from '../arrow/rows.ts'
import { ArrowRecording, recordedArrow } from './arrow-recording.ts'
import { defineSink } from './contract.ts'
import { PartFile, prepareFile } from './disk.ts'
import { withOrigin } from './origin.ts'
import { targetOf } from './paths.ts'

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'File to write, relative to the run folder.' }),
  overwrite: z.boolean().default(false).meta({ description: 'Replace an existing file.' }),
})

export const arrowFile = defineSink({
  name: 'arrow_file',
  summary: 'Writes batches to an Arrow IPC stream file.',
  config: Config,
  example: 'outputs: [{ from: samples, arrow_file: { path: samples.arrows } }]',
  reference: 'https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format',
  places: ({ path, overwrite }) => ({ paths: [path], overwrite }),
  async open({ path, overwrite }, schema, context) {
    const target = targetOf(path, context)
    await prepareFile(target, overwrite)
    const file = await PartFile.create(target)
    const whole = withOrigin(schema, context)
    const encoder = encodeStream(whole)
    const recording = new ArrowRecording(whole, file.names)
    const joined = new Joined(schema)
    let num_rows = 0
    let head = encoder.start()
    const add = async (chunks: readonly Uint8Array[]): Promise<void> => {
      const first = head
      head = []
      await file.write([...first, ...chunks])
    }
    const write = async (batches: readonly RecordBatch[]): Promise<void> => {
      for (const batch of batches) {
        num_rows += batch.numRows
        await add(encoder.batch(batch))
        recording.grow(num_rows, file.bytes)
      }
    }
    return {
      recording,
      write: (batch) => write(joined.take(batch)),
      async commit() {
        await write(joined.rest())
        await add(encoder.end())
        await file.commit()
        return { path: target.relative, num_rows, bytes: file.bytes, sha256: file.sha256 }
      },
      abort: () => file.abort(),
    }
  },
  recordingAt: (path, context) => recordedArrow(targetOf(path, context)),
})

/** Batches below this many rows are joined. */
const SMALL_ROWS = 64
/** Rows of what they are joined to. */
const JOINED_ROWS = 1024

class Joined {
  readonly #is_metrics: boolean
  #held: RecordBatch[] = []
  #rows = 0

  constructor({ names }: Schema) {
    this.#is_metrics = names.includes('step') && !names.includes('chain')
  }

  /** What is ready to be written when this batch has come. */
  take(batch: RecordBatch): RecordBatch[] {
    if (batch.numRows >= SMALL_ROWS && !this.#is_metrics) return [...this.rest(), batch]
    const ready: RecordBatch[] = []
    for (let at = 0; at < batch.numRows;) {
      const end = Math.min(batch.numRows, at + JOINED_ROWS - this.#rows)
      this.#held.push(batch.slice(at, end))
      this.#rows += end - at
      at = end
      if (this.#rows === JOINED_ROWS) ready.push(...this.rest())
    }
    return ready
  }

  rest(): RecordBatch[] {
    if (this.#rows === 0) return []
    const batch = concatBatches(this.#held)
    this.#held = []
    this.#rows = 0
    return [batch]
  }
}
