/**
 * Puts a stream and another one into one, once both have ended, each row saying which it came from.
 *
 * For pictures and files that show streams beside each other. The columns are those that both have,
 * of the same type, and `column`, the name of the stream; rows that have such a column keep what it
 * says, so that several streams can be pooled one after the other. Of each side a keyed uniform
 * sample of at most `rows` rows is kept, its own rows first; all rows in order while they fit.
 * Constant memory. A stream without rows adds none. Images of bytes beside images of floats
 * become floats from 0 to 1. Errors: data_column when no column is in both.
 */
import { Field, Schema, Utf8, type Data, type RecordBatch } from 'apache-arrow'
import { defer, forkJoin, mergeMap, reduce, type Observable, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail, type HeatbathError } from '../../errors.ts'
import { nameOf } from '../../unit.ts'
import { isByteImage, unitNumbers } from '../arrow/bytes.ts'
import { listColumn, listType, recordBatch, utf8Column } from '../arrow/columns.ts'
import { numbersOf, type ColumnNumbers } from '../arrow/numbers.ts'
import { columnOf } from '../arrow/read.ts'
import { concatBatches } from '../arrow/rows.ts'
import { keyedDraws } from '../draws.ts'
import { RowSample } from '../row-sample.ts'
import { defineOperator } from './contract.ts'
import { drawing, optionsOf } from './options.ts'

const Config = z.strictObject({
  with: nameOf('stream', 'The stream whose rows are added.'),
  column: z.string().min(1).default('stream').meta({ description: 'Column that says which stream a row came from.' }),
  rows: z.int().positive().max(10_000_000).default(10_000).meta({ description: 'Rows of each side at most: a uniform sample of all.' }),
})

const Options = Config.omit({ with: true }).extend({ ...drawing('stream'), with: z.string().default('other') })

export interface PoolOptions {
  readonly column?: string
  readonly rows?: number
  readonly seed?: number
  /** Names of the two streams: they stand in the rows and key the samples. */
  readonly stream?: string
  readonly with?: string
}

export function pool(other: Observable<RecordBatch>, options: PoolOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { column, rows, seed, stream, with: added } = optionsOf('pool', Options, options)
  const kept = (source: Observable<RecordBatch>, name: string, side: string): Observable<RecordBatch | undefined> => defer(() => {
    let sample: RowSample | undefined
    return source.pipe(
      reduce((_, batch) => (sample ??= new RowSample(batch.schema.names as string[], rows, keyedDraws(seed, `${stream}/pool/${added}/${side}`))).add(batch), undefined as void),
      mergeMap(() => {
        const batch = sample?.batch()
        return [batch === undefined ? undefined : named(batch, column, name)]
      }),
    )
  })
  return (source) => forkJoin([kept(source, stream, 'one'), kept(other, added, 'other')]).pipe(mergeMap(([one, two]) => together(one, two, column)))
}

export const poolOperator = defineOperator({
  name: 'pool',
  summary: 'Puts the rows of another stream beside those of a stream, each with the name of its own.',
  config: Config,
  example: 'through: [{ pool: { with: training } }]',
  reference: 'SQL\'s UNION ALL BY NAME: https://duckdb.org/docs/stable/sql/query_syntax/setops',
  build: ({ with: added, ...options }, { seed, stream, from }) => (source) => source.pipe(pool(from(added), { ...options, seed, stream, with: added })),
})

/** The batch with a column that says which stream it is of, unless it has one. */
function named(batch: RecordBatch, column: string, name: string): RecordBatch {
  const { schema, numRows, data } = batch
  if (schema.names.includes(column)) return batch
  const fields = [new Field(column, new Utf8(), false), ...schema.fields]
  return recordBatch(new Schema(fields, schema.metadata), numRows, [utf8Column(new Array<string>(numRows).fill(name)), ...data.children])
}

function together(first: RecordBatch | undefined, second: RecordBatch | undefined, column: string): RecordBatch[] {
  if (first === undefined || second === undefined) return [first, second].filter((batch) => batch !== undefined)
  const [one, two] = [alike(first, second.schema), alike(second, first.schema)]
  const fields = one.schema.fields.flatMap(({ name, type, nullable, metadata }) => {
    const same = two.schema.fields.find((field) => field.name === name && String(field.type) === String(type))
    return same === undefined ? [] : [new Field(name, type, nullable || same.nullable, metadata)]
  })
  if (fields.every(({ name }) => name === column)) throw unlike(one.schema, two.schema, column)
  const schema = new Schema(fields)
  const shared = (batch: RecordBatch): RecordBatch => recordBatch(schema, batch.numRows, fields.map(({ name }) => columnOf(batch, name)))
  return [concatBatches([shared(one), shared(two)])]
}

/** With images of bytes as floats where the other stream has floats. */
function alike({ schema, numRows, data }: RecordBatch, { fields: others }: Schema): RecordBatch {
  const columns = schema.fields.map((field, i) => {
    const column = { field, data: data.children[i] as Data }
    const numbers = isByteImage(field) ? numbersOf(column.data) as ColumnNumbers : undefined
    if (numbers === undefined || !others.some(({ name, type }) => name === field.name && String(type) === String(listType(numbers.size)))) return column
    const values = unitNumbers(field, numbers).values as Float32Array
    return { field: new Field(field.name, listType(numbers.size), field.nullable, field.metadata), data: listColumn(values, numbers.size) }
  })
  return recordBatch(new Schema(columns.map(({ field }) => field), schema.metadata), numRows, columns.map((column) => column.data))
}

/** Nothing in both: the first column of the same name, if there is one, is of two types. */
function unlike(one: Schema, two: Schema, column: string): HeatbathError {
  const own = one.fields.filter(({ name }) => name !== column)
  for (const { name, type } of own) {
    const other = two.fields.find((field) => field.name === name)
    if (other !== undefined) return fail('data_column', { column: name, problem: `is ${type}, and ${other.type} in the other stream` })
  }
  return fail('data_column', { column: own[0]?.name ?? column, problem: `is not among the columns of the other stream: ${two.names.join(', ')}` })
}
