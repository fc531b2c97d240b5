/**
 * Columns of categories as sequences of states: the numbers of their categories, for models of discrete coordinates.
 *
 * Text, booleans, dictionaries of text and integers take one coordinate, fixed-size lists of them one for each entry, with categories
 * in common (columns/numbered.ts). Categories are those of the sample, in order. Decoded rows have the table's own names and types.
 * Shapes: coordinates [rows, dim], columns in the order that they are given in, else that of the table. Errors: data_column for other types and for too many
 * categories, data_not_finite for nulls, data_category for a category that the sample did not have.
 */
import { DataType, Field, type RecordBatch } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { columnOf } from '../arrow/read.ts'
import { typeName, typeNamed } from '../arrow/type-names.ts'
import { keyedDraws } from '../draws.ts'
import { checked } from './checked.ts'
import { chosenColumns, noRows, notFinite } from './columns/chosen.ts'
import { categoriesOf, isNumbered, itemOf, numberedColumn, statesOf, type State } from './columns/numbered.ts'
import { encodeColumn } from './columns/contract.ts'
import { defineEncoding, type FittedEncoding } from './contract.ts'

const Config = z.strictObject({
  columns: z.array(z.string()).nonempty().optional().meta({ description: 'Columns to model, in this order; all unless given.' }),
  exclude: z.array(z.string()).default([]).meta({ description: 'Columns to leave out, such as keys.' }),
  max_categories: z.int().min(2).max(2048).default(64).meta({ description: 'Most categories of a column; more are an error.' }),
})

const Parameters = z.strictObject({
  columns: z.array(z.strictObject({
    name: z.string(),
    /** Of a list's entries. */
    type: z.string(),
    size: z.int().positive().optional(),
    categories: z.array(z.union([z.string(), z.boolean(), z.number()])),
  })),
})

type ColumnParameters = z.output<typeof Parameters>['columns'][number]

export const categories = defineEncoding({
  name: 'categories',
  summary: 'Columns of categories as the numbers of their categories: sequences of states.',
  config: Config,
  example: 'encoding: { categories: { columns: [category, count, is_new] } }',
  reference: 'Germain et al. 2015 (tables of categories by autoregressive models), https://arxiv.org/abs/1502.03509',
  make: (config) => ({
    is_discrete: true,
    fit: (schema, sample, { on_invalid = 'error' } = {}) => fitted({ columns: chosenColumns(schema, config).map((field) => fitColumn(field, sample, config.max_categories, on_invalid === 'drop')) }),
    restore: (parameters) => fitted(Parameters.parse(parameters)),
  }),
})

function fitColumn({ name, type }: Field, sample: readonly RecordBatch[], most: number, drops: boolean): ColumnParameters {
  const item = typeName(itemOf(type))
  if (item === undefined || !isNumbered(type)) throw fail('data_column', { column: name, problem: `is ${type}, not categories: exclude it, or make text or integers of it in the query` })
  const size = DataType.isFixedSizeList(type) ? type.listSize : undefined
  const all = sample.flatMap((batch) => statesOf(columnOf(batch, name)))
  const missing = drops ? -1 : all.indexOf(null)
  if (missing >= 0) throw notFinite(name, sample, Math.floor(missing / (size ?? 1)))
  const found = categoriesOf(all.filter((state): state is State => state !== null))
  if (found.length === 0) throw noRows(name)
  if (found.length > most) throw fail('data_column', { column: name, problem: `has ${found.length} categories, more than max_categories (${most}); exclude it, or join the rare ones` })
  return { name, type: item, ...(size === undefined ? {} : { size }), categories: found }
}

function fitted(parameters: z.output<typeof Parameters>): FittedEncoding {
  const columns = parameters.columns.map(({ name, type, ...rest }) => numberedColumn(name, typeNamed(type), rest))
  const places = columns.map((_, i) => columns.slice(0, i).reduce((sum, { size }) => sum + size, 0))
  const dim = columns.reduce((sum, { size }) => sum + size, 0)
  const names = columns.flatMap(({ name, size }) => new Array<string>(size).fill(name))
  return {
    parameters,
    variables: columns.map(({ name, type, size }) => (DataType.isFixedSizeList(type) ? { name, shape: [size] } : { name })),
    states: parameters.columns.flatMap((column, i) => new Array<number>(columns[i]?.size ?? 0).fill(column.categories.length)),
    encode: checked((batch) => {
      const coordinates = new Float32Array(batch.numRows * dim)
      columns.forEach((column, i) => encodeColumn(column, columnOf(batch, column.name), { coordinates, at: places[i] as number, dim }, NO_DRAWS, 0))
      return coordinates
    }, dim, (coordinate) => names[coordinate] as string, 'data_category'),
    fields: columns.map(({ name, type }) => new Field(name, type as DataType, true)),
    decode: (coordinates) => columns.map((column, i) => column.decode({ coordinates, at: places[i] as number, dim })),
    logSlope: (coordinates) => new Float64Array(coordinates.length / dim), // probabilities, not densities
  }
}

/** Categories by number have no noise. */
const NO_DRAWS = keyedDraws(0, 'none')
