/**
 * Parquet files of a run, read back: whole ones by their footers, the one that is being written by
 * what its encoder knows.
 *
 * A file changes its name when it is whole, and its folder when all are: it is looked for under each
 * name in turn. What is kept of a whole file is its names and its number of rows.
 * Errors: source_missing, source_corrupt.
 */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { RecordBatch, Schema } from 'apache-arrow'
import type { RowGroup } from '../parquet/chunk.ts'
import { readFooter, readGroup } from '../parquet/read/groups.ts'
import { Turns } from '../turns.ts'
import type { WholeRecording } from './contract.ts'
import type { Target } from './paths.ts'
import { missing, opened } from './recorded-file.ts'

export interface RecordedPart {
  readonly names: readonly string[]
  /** Rows that are on the disk. */
  num_rows: number
  /** Of a file that has no footer yet. */
  groups?: readonly RowGroup[]
}

export class ParquetRecording implements WholeRecording {
  readonly schema: Schema
  readonly #parts: RecordedPart[]
  /** Rows of all parts but the last. */
  #before: number

  constructor(schema: Schema, parts: readonly RecordedPart[] = []) {
    this.schema = schema
    this.#parts = [...parts]
    this.#before = parts.slice(0, -1).reduce((sum, part) => sum + part.num_rows, 0)
  }

  get num_rows(): number {
    return this.#before + (this.#parts.at(-1)?.num_rows ?? 0)
  }

  /** A file that begins; `groups` grow with it. */
  begin(names: readonly string[], groups: readonly RowGroup[]): RecordedPart {
    const part: RecordedPart = { names, groups, num_rows: 0 }
    this.#before = this.num_rows
    this.#parts.push(part)
    return part
  }

  /** The file has its footer, on the disk. */
  end(part: RecordedPart, numRows: number): void {
    part.num_rows = numRows
    delete part.groups
  }

  async *read(from: number): AsyncGenerator<RecordBatch, void, undefined> {
    const turns = new Turns()
    let [row, before] = [from, 0]
    for (let i = 0; i < this.#parts.length;) { // parts are added, and the last one grows, while this goes on
      const part = this.#parts[i] as RecordedPart
      if (row >= before + part.num_rows) {
        before += part.num_rows
        i++
        continue
      }
      for await (const batch of this.#readPart(part, row - before, turns)) {
        row += batch.numRows
        yield batch
      }
    }
  }

  /** Rows of one part, from one of them on. */
  async *#readPart(part: RecordedPart, from: number, turns: Turns): AsyncGenerator<RecordBatch, void, undefined> {
    const { file, name } = await opened(part.names)
    try {
      const groups = part.groups ?? (await readFooter(file, path.basename(name))).groups
      let row = 0
      for (let i = 0; row < part.num_rows; i++) {
        const group = groups[i] as RowGroup
        const next = row + Number(group.num_rows)
        if (next > from) {
          const batch = await readGroup(file, path.basename(name), this.schema, group, turns)
          yield row < from ? batch.slice(from - row) : batch
        }
        row = next
      }
    } finally {
      await file.close()
    }
  }
}

/** What lies at the path of a sink that has committed. */
export async function recordedParquet({ full, relative }: Target, names: RegExp): Promise<ParquetRecording> {
  const files = full.endsWith('.parquet') ? [full] : (await readdir(full).catch(() => [])).filter((name) => names.test(name)).sort(byNumber).map((name) => path.join(full, name))
  if (files.length === 0) throw missing(relative)
  const parts: RecordedPart[] = []
  let schema: Schema | undefined
  for (const name of files) {
    const { file } = await opened([name])
    try {
      const footer = await readFooter(file, path.basename(name))
      schema ??= footer.schema
      parts.push({ names: [name], num_rows: footer.groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0) })
    } finally {
      await file.close()
    }
  }
  return new ParquetRecording(schema as Schema, parts)
}

/** part-99999 comes before part-100000. */
const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1)
