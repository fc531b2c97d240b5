/**
 * Prints batches as lines of a table, for streams of few rows.
 *
 * To standard error: standard output carries the run's summary alone. A header stands above the
 * first rows, and again when a column has become wider. Numbers have six digits, a null is a dash;
 * control characters of texts are shown as U+FFFD, so that data cannot steer the terminal.
 * `write` waits where the reader is slow.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { DataType, Precision, type RecordBatch, type Schema } from 'apache-arrow'
import { z } from 'zod'
import { isSet, validBits } from '../arrow/bits.ts'
import { textCells } from '../arrow/text.ts'
import { defineSink, type StreamSink, type Writer } from './contract.ts'

const Config = z.strictObject({
  rows: z.int().positive().default(20).meta({ description: 'Rows printed of each batch at most.' }),
})

type Options = z.output<typeof Config>

/** The sink, printing elsewhere. */
export const printTo = (out: Writable, options: Options): StreamSink => ({
  takes: 'stream',
  open: (schema, { name }) => Promise.resolve(new Table(out, schema, name, options)),
})

export const console = defineSink({
  name: 'console',
  summary: 'Prints batches as a table.',
  config: Config,
  example: 'outputs: [{ from: health, console: {} }]',
  reference: 'Vector\'s console sink: https://vector.dev/docs/reference/configuration/sinks/console/',
  open: (options, schema, context) => printTo(process.stderr, options).open(schema, context),
})

class Table implements Writer {
  readonly #out: Writable
  readonly #schema: Schema
  readonly #name: string
  readonly #rows: number
  #widths: number[] | undefined
  #num_rows = 0

  constructor(out: Writable, schema: Schema, name: string, { rows }: Options) {
    this.#out = out
    this.#schema = schema
    this.#name = name
    this.#rows = rows
  }

  async write(batch: RecordBatch): Promise<void> {
    this.#num_rows += batch.numRows
    if (batch.numRows === 0) return
    const columns = textsOf(batch.numRows > this.#rows ? batch.slice(0, this.#rows) : batch)
    const lines = this.#header(columns)
    for (const row of (columns[0] ?? []).keys()) lines.push(this.#line(columns.map((column) => column[row] as string)))
    const left = batch.numRows - this.#rows
    if (left > 0) lines.push(`… ${left} more ${left === 1 ? 'row' : 'rows'}`)
    if (!this.#out.write(`${lines.join('\n')}\n`)) await once(this.#out, 'drain')
  }

  commit(): Promise<{ num_rows: number }> {
    return Promise.resolve({ num_rows: this.#num_rows })
  }

  abort(): Promise<void> {
    return Promise.resolve()
  }

  /** The lines of the header, where there is a need. */
  #header(columns: readonly string[][]): string[] {
    const names = this.#schema.names.map((name) => visible(String(name)))
    const needed = columns.map((column, i) => Math.max(this.#widths?.[i] ?? (names[i] as string).length, ...column.map((text) => text.length)))
    const is_first = this.#widths === undefined
    if (!is_first && needed.every((width, i) => width === this.#widths?.[i])) return []
    this.#widths = needed
    return [...(is_first ? [this.#name] : []), this.#line(names)]
  }

  #line(texts: readonly string[]): string {
    const padded = texts.map((text, i) => {
      const width = this.#widths?.[i] ?? 0
      return isNumber(this.#schema.fields[i]?.type) ? text.padStart(width) : text.padEnd(width)
    })
    return padded.join('  ').trimEnd()
  }
}

const isNumber = (type: DataType | undefined): boolean => DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)

/** For each column the texts of its rows. */
function textsOf(batch: RecordBatch): string[][] {
  const cells = textCells(batch)
  return batch.schema.fields.map(({ type }, i) => {
    const data = batch.data.children[i]
    const valid = data === undefined ? undefined : validBits(data)
    const is_float = DataType.isFloat(type) && type.precision !== Precision.HALF
    return Array.from({ length: batch.numRows }, (_, row) => {
      if (valid !== undefined && !isSet(valid, row)) return '-'
      if (is_float) return sixDigits((data?.values as Float32Array)[row] as number)
      return visible(cells[i]?.(row) ?? '-')
    })
  })
}

const sixDigits = (value: number): string => String(Number(value.toPrecision(6)))

const MAX_WIDTH = 48

/** Without control characters, and not too long for a table. */
function visible(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  return plain.length > MAX_WIDTH ? `${plain.slice(0, MAX_WIDTH - 1)}…` : plain
}
