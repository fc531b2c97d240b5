/**
 * The schemas of heatbath's streams. Field names are law: files, taps and other programs rely on them.
 */
import { Bool, Field, Float32, Float64, Int32, Schema, Uint16, Uint32, Uint64, Utf8, type DataType, type RecordBatch } from 'apache-arrow'
import type { Dtype } from '../../engine/index.ts'
import { fail } from '../../errors.ts'
import { sizeOfVariable, type Variable } from '../../models/variables.ts'
import { unitNumbers } from './bytes.ts'
import { listType } from './columns.ts'
import { isNumeric, numbersOf, type ColumnNumbers } from './numbers.ts'
import { columnOf } from './read.ts'
import { variableNames } from './variable-names.ts'

const field = (name: string, type: DataType, nullable = false, metadata?: Map<string, string>): Field => new Field(name, type, nullable, metadata)

/** What a stream's schema says of its origin. */
export type Origin = Readonly<Record<string, string>>

const metadata = (origin: Origin): Map<string, string> => new Map(Object.entries(origin).map(([key, value]) => [`heatbath.${key}`, value]))

/** The column of a variable; a shape of several extents is written into the field's metadata. */
export function variableField(variable: Variable): Field {
  const { name, shape } = variable
  if (shape === undefined) return field(name, new Float32())
  return field(name, listType(sizeOfVariable(variable)), false, new Map([['heatbath.shape', JSON.stringify(shape)]]))
}

/**
 * Particles: one row per chain and emitted step. `variables` are the columns of the coordinates, `info` the sampler's own, `known` what is known of chains besides.
 * Throws data_column for a variable, or a column that is known, with the name of another column.
 */
export function particlesSchema(variables: readonly Field[], info: Readonly<Record<string, Dtype>>, origin: Origin = {}, known: readonly Field[] = []): Schema {
  const own = Object.entries(info).filter(([name]) => name !== 'is_accepted' && name !== 'is_divergent')
  const fields = [
    field('step', new Uint64()),
    field('chain', new Uint32()),
    field('level', new Uint16(), true),
    field('temperature', new Float32()),
    ...variables,
    field('energy', new Float32(), true),
    field('score_norm', new Float32(), true),
    field('is_accepted', new Bool(), true),
    field('is_divergent', new Bool()),
    ...own.map(([name, dtype]) => field(name, { float32: new Float32(), int32: new Int32(), bool: new Bool() }[dtype])),
    ...known,
  ]
  const taken = [...variables, ...known].find(({ name }) => fields.filter((other) => other.name === name).length > 1)
  if (taken !== undefined) throw fail('data_column', { column: taken.name, problem: 'has the name of another column of the particles that sample draws: rename it in the query (AS), or leave it out of the model' })
  return new Schema(fields, metadata(origin))
}

/** What of a particle stream, or of rows, are its variables: between temperature and energy, or all columns of numbers. */
export function variableFields(schema: Schema): readonly Field[] {
  let found = VARIABLES.get(schema)
  if (found === undefined) {
    const own = variableNames(schema.names as string[])
    found = schema.fields.filter(({ name, type }) => own.includes(name) && isNumeric(type))
    VARIABLES.set(schema, found)
  }
  return found
}

/** All batches of a stream have one schema, and each is asked for its variables. */
const VARIABLES = new WeakMap<Schema, readonly Field[]>()

/** The numbers of a variable in a batch. */
export interface VariableNumbers extends ColumnNumbers {
  readonly name: string
}

/** The variables of a batch, in the order of its columns; images of bytes from 0 to 1, as they are drawn. */
export const variablesOf = (batch: RecordBatch): VariableNumbers[] =>
  variableFields(batch.schema).map((field) => ({ name: field.name, ...unitNumbers(field, numbersOf(columnOf(batch, field.name)) as ColumnNumbers) }))

const measured = (name: string): Field => field(name, new Float64(), true)

/** Health of a particle stream: one row per variable, at steps of its own choosing. A list variable counts as one. */
export const HEALTH = new Schema([
  field('step', new Uint64()),
  field('variable', new Utf8()),
  ...['mean', 'sd', 'mcse', 'r_hat', 'ess_bulk', 'ess_tail', 'acceptance_rate', 'e_bfmi'].map(measured),
  field('num_divergent', new Uint64()),
])

/** Two streams side by side: one row per variable that both have; text has none but its total variation. The last three distances are of all numbers at once. */
export const COMPARISON = new Schema([
  field('variable', new Utf8()),
  ...['mean', 'sd', 'other_mean', 'other_sd', 'difference', 'standardized_difference', 'ks_distance', 'total_variation',
    'squared_mmd', 'sliced_wasserstein', 'squared_energy_distance'].map(measured),
  field('num_values', new Uint64()),
  field('other_num_values', new Uint64()),
])

/** The partition function of weighted particles: one row per emitted step. */
export const PARTITION = new Schema([
  field('step', new Uint64()),
  ...['beta', 'log_z', 'standard_error', 'ess'].map(measured),
  field('num_chains', new Uint64()),
])
