/**
 * An Arrow IPC stream file of a run, read back: as far as it is written.
 *
 * Marks tell where a batch begins, about one in each mebibyte: reading starts at the last one before
 * the row that is asked for. Where there are dictionaries it starts at the beginning, for a batch may
 * need any that came before it.
 * Errors: source_missing, source_corrupt.
 */
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { DataType, RecordBatchReader, type Field, type RecordBatch, type Schema } from 'apache-arrow'
import { fail, HeatbathError } from '../../errors.ts'
import { encodeStream } from '../arrow/ipc.ts'
import { messageHead, metadataSize, PREFIX, type MessageHead } from '../arrow/messages.ts'
import { Turns } from '../turns.ts'
import type { WholeRecording } from './contract.ts'
import type { Target } from './paths.ts'
import { opened } from './recorded-file.ts'

/** Bytes that are read at a time, and between two marks. */
const PIECE = 2 ** 20

interface Mark {
  readonly row: number
  readonly at: number
}

export class ArrowRecording implements WholeRecording {
  readonly schema: Schema
  readonly #names: readonly string[]
  readonly #hasDictionaries: boolean
  readonly #marks: Mark[] = []
  #bytes = 0
  num_rows = 0

  constructor(schema: Schema, names: readonly string[]) {
    this.schema = schema
    this.#names = names
    this.#hasDictionaries = schema.fields.some(hasDictionary)
  }

  /** So many rows and bytes, which end with a whole message, are on the disk. */
  grow(numRows: number, bytes: number): void {
    this.num_rows = numRows
    this.#bytes = bytes
    if (bytes - (this.#marks.at(-1)?.at ?? 0) >= PIECE && !this.#hasDictionaries) this.#marks.push({ row: numRows, at: bytes })
  }

  async *read(from: number): AsyncGenerator<RecordBatch, void, undefined> {
    if (from >= this.num_rows) return
    const mark = this.#marks.findLast(({ row }) => row <= from)
    const { file, name } = await opened(this.#names)
    const turns = new Turns()
    try {
      let row = mark?.row ?? 0
      for await (const batch of batchesOf(this.#pieces(file, mark), path.basename(name))) {
        await turns.give()
        const next = row + batch.numRows
        if (next > from) yield row < from ? batch.slice(from - row) : batch
        row = next
      }
    } finally {
      await file.close()
    }
  }

  /** From a mark, or from the first byte, to an end that moves on. */
  async *#pieces(file: FileHandle, mark: Mark | undefined): AsyncGenerator<Uint8Array> {
    if (mark !== undefined) yield* encodeStream(this.schema).start()
    for (let at = mark?.at ?? 0; at < this.#bytes;) {
      const bytes = await bytesAt(file, at, Math.min(PIECE, this.#bytes - at))
      if (bytes.length === 0) return
      at += bytes.length
      yield bytes
    }
  }
}

const hasDictionary = ({ type }: Field): boolean => DataType.isDictionary(type) || (type.children ?? []).some(hasDictionary)

/** What lies at the path of a sink that has committed. Looks at each message's head. */
export async function recordedArrow({ full }: Target): Promise<ArrowRecording> {
  const { file } = await opened([full])
  const name = path.basename(full)
  try {
    const { size } = await file.stat()
    const reader = await openReader(head(file))
    const recording = new ArrowRecording(reader.schema, [full])
    let rows = 0
    for await (const message of messagesIn(file)) {
      if (message.end > size) throw new RangeError('ends too early')
      rows += message.rows
      recording.grow(rows, message.end)
    }
    return recording
  } catch (error) {
    throw error instanceof HeatbathError ? error : corrupt(name, error)
  } finally {
    await file.close()
  }
}

type AsyncReader = RecordBatchReader & AsyncIterable<RecordBatch>

async function* batchesOf(pieces: AsyncGenerator<Uint8Array>, name: string): AsyncGenerator<RecordBatch> {
  try {
    yield* await openReader(pieces)
  } catch (error) {
    throw error instanceof HeatbathError ? error : corrupt(name, error)
  }
}

const openReader = async (pieces: AsyncGenerator<Uint8Array>): Promise<AsyncReader> => (await RecordBatchReader.from(pieces)).open() as Promise<AsyncReader>

/** Enough for a schema; the reader takes more where it is not. */
async function* head(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; at += PIECE) {
    const bytes = await bytesAt(file, at, PIECE)
    if (bytes.length === 0) return
    yield bytes
  }
}

/** Heads of messages, with where each ends: bodies are passed over. */
async function* messagesIn(file: FileHandle): AsyncGenerator<MessageHead & { readonly end: number }> {
  let [window, start]: [Uint8Array, number] = [new Uint8Array(0), 0]
  const take = async (at: number, size: number): Promise<Uint8Array> => {
    if (at + size > start + window.length) [window, start] = [await bytesAt(file, at, Math.max(size, PIECE)), at]
    return window.subarray(at - start, at - start + size)
  }
  for (let at = 0; ;) {
    const prefix = await take(at, PREFIX)
    const size = prefix.length < PREFIX ? undefined : metadataSize(prefix)
    if (size === undefined) return
    const message = messageHead(await take(at + PREFIX, size))
    at += PREFIX + size + message.body_bytes
    yield { ...message, end: at }
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, position)
  return bytes.subarray(0, bytesRead)
}

const corrupt = (name: string, error: unknown): Error =>
  fail('source_corrupt', { path: name, problem: error instanceof Error ? error.message : String(error) }, error)
