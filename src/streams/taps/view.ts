/**
 * What one client sees of a batch: some of its steps, chains and columns.
 *
 * Chosen only when the client takes the batch: what is dropped costs nothing.
 * Errors: tap_column_unknown; data_column for columns whose rows cannot be picked.
 */
import { DataType, RecordBatch, Schema, type Data, type Field } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { recordBatch } from '../arrow/columns.ts'
import { gatherRows } from '../arrow/rows.ts'
import { stepRuns } from '../arrow/steps.ts'
import { scrambled, threshold } from './chains.ts'
import type { TapOptions } from './contract.ts'
import type { Emitted } from './emitted.ts'

export class View {
  readonly #stream: string
  readonly #every: number
  readonly #rows: number | undefined
  readonly #columns: readonly string[] | undefined
  /** Rows chosen from a column of chain numbers: many batches share one. */
  readonly #chosen = new WeakMap<Data, Uint32Array>()
  /** Added to the numbers of steps: of a stream that began before the run was stopped. */
  shift = 0
  #threshold: { readonly of: number; readonly at: number } | undefined

  constructor(stream: string, { every = 1, rows, columns }: TapOptions) {
    this.#stream = stream
    this.#every = every
    this.#rows = rows
    this.#columns = columns
  }

  /** Whether the choice depends on how many chains there are. */
  get counts_chains(): boolean {
    return this.#rows !== undefined
  }

  /** Whether the client sees anything of these steps. */
  has({ first_step, num_steps }: Emitted): boolean {
    const since = (first_step + this.shift) % this.#every
    return since === 0 || since + num_steps > this.#every
  }

  schema(schema: Schema): Schema {
    return this.#columns === undefined ? schema : new Schema(this.#columns.map((name) => schema.fields[this.#index(schema, name)] as Field), schema.metadata)
  }

  /** Undefined if no row is left. `chains` is the number of chains of the stream, 0 if it has none. */
  of(emitted: Emitted, chains: number): RecordBatch | undefined {
    const rows = this.#picked(emitted, chains)
    if (rows?.length === 0) return undefined
    const batch = this.#projected(emitted.batch)
    return rows === undefined ? batch : gatherRows([batch], new Uint32Array(rows.length), rows)
  }

  #projected(batch: RecordBatch): RecordBatch {
    if (this.#columns === undefined) return batch
    const schema = this.schema(batch.schema)
    return recordBatch(schema, batch.numRows, this.#columns.map((name) => batch.data.children[this.#index(batch.schema, name)] as Data))
  }

  #index(schema: Schema, name: string): number {
    const index = schema.fields.findIndex((field) => field.name === name)
    if (index < 0) throw fail('tap_column_unknown', { stream: this.#stream, column: name, columns: schema.names.join(', ') })
    return index
  }

  /** Numbers of the rows to take, in order; undefined if it is all of them. */
  #picked(emitted: Emitted, chains: number): Uint32Array | undefined {
    const chosen = this.#chosenRows(emitted.batch, chains)
    if (this.#every === 1 || emitted.num_steps === 1) return chosen
    const { batch, first_step } = emitted
    const runs = stepRuns(batch).filter((_, i) => (first_step + this.shift + i) % this.#every === 0)
    const isOfStep = new Uint8Array(batch.numRows)
    for (const { from, to } of runs) isOfStep.fill(1, from, to)
    return (chosen ?? Uint32Array.from({ length: batch.numRows }, (_, row) => row)).filter((row) => isOfStep[row] === 1)
  }

  #chosenRows(batch: RecordBatch, chains: number): Uint32Array | undefined {
    if (this.#rows === undefined) return undefined
    const chain = chains === 0 ? undefined : chainsOf(batch)
    const limit = this.#limit(chain === undefined ? batch.numRows : chains, this.#rows)
    if (chain === undefined) return rowsBelow(batch.numRows, (row) => scrambled(row) <= limit)
    const known = this.#chosen.get(chain)
    if (known !== undefined) return known
    const numbers = chain.values as Uint32Array
    const rows = rowsBelow(batch.numRows, (row) => scrambled(numbers[row] as number) <= limit)
    this.#chosen.set(chain, rows)
    return rows
  }

  #limit(of: number, rows: number): number {
    if (this.#threshold?.of !== of) this.#threshold = { of, at: threshold(of, rows) }
    return this.#threshold.at
  }
}

function rowsBelow(rows: number, isChosen: (row: number) => boolean): Uint32Array {
  const chosen: number[] = []
  for (let row = 0; row < rows; row++) if (isChosen(row)) chosen.push(row)
  return Uint32Array.from(chosen)
}

/** The column of chain numbers; undefined if the stream has none. */
export function chainsOf({ schema, data }: RecordBatch): Data | undefined {
  const index = schema.fields.findIndex(({ name }) => name === 'chain')
  const chain = data.children[index]
  return chain !== undefined && DataType.isInt(chain.type) && chain.type.bitWidth <= 32 && chain.nullCount === 0 ? chain : undefined
}
