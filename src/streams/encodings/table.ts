/**
 * A table of numbers, times and categories as coordinates of about mean 0 and variance 1.
 *
 * Numbers, dates and times take one coordinate, standardised or by quantiles of the sample
 * (columns/numeric.ts); booleans and text one for each category, with uniform noise
 * (columns/category.ts); columns that are constant in the sample none. Decoded rows have the
 * table's own names, types, categories and ranges. Equal rows of a stream get equal coordinates but
 * for the noise, which depends on (seed, stream, column, row).
 * Shapes: coordinates [rows, dim], columns in the order of the table. Errors: data_column for types
 * that have no coordinates and for too many categories, data_not_finite for nulls, NaN and
 * infinities, data_category for a category that the sample did not have.
 */
import { Field, Vector, type DataType, type RecordBatch } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { isNumber, isTime, numbersOf, wholeRange } from '../arrow/numbers.ts'
import { columnOf } from '../arrow/read.ts'
import { typeName, typeNamed } from '../arrow/type-names.ts'
import { keyedDraws, type Draws } from '../draws.ts'
import { checked } from './checked.ts'
import { chosenColumns, noRows, notFinite } from './columns/chosen.ts'
import { categoryColumn, fitCategories, isCategorical, type Category } from './columns/category.ts'
import { constantColumn } from './columns/constant.ts'
import { converted } from './columns/converted.ts'
import { encodeColumn, type TableColumn } from './columns/contract.ts'
import { fitNumeric, numericColumn } from './columns/numeric.ts'
import { defineEncoding, type EncodeOptions, type FittedEncoding } from './contract.ts'

const Config = z.strictObject({
  columns: z.array(z.string()).nonempty().optional().meta({ description: 'Columns to model; all unless given.' }),
  exclude: z.array(z.string()).default([]).meta({ description: 'Columns to leave out, such as keys.' }),
  numeric: z.enum(['standardize', 'quantile']).default('standardize')
    .meta({ description: 'Numbers and times by mean and standard deviation, or by quantiles: for skewed columns and heavy tails.' }),
  clamp: z.boolean().default(true).meta({ description: 'Keep decoded numbers within the range of the sample.' }),
  max_categories: z.int().min(2).max(2048).default(64).meta({ description: 'Most categories of a column; more are an error.' }),
})

const Parameters = z.strictObject({
  columns: z.array(z.strictObject({
    name: z.string(),
    type: z.string(),
    whole: z.tuple([z.string(), z.string()]).optional(), // the range of 64-bit integers and decimals that float64 does not hold
    numeric: z.strictObject({
      range: z.tuple([z.number(), z.number()]), clamp: z.boolean(), values: z.array(z.number()), scores: z.array(z.number()),
    }).optional(),
    category: z.strictObject({ categories: z.array(z.union([z.string(), z.boolean()])), rates: z.array(z.number()) }).optional(),
    constant: z.strictObject({ value: z.union([z.number(), z.string(), z.boolean()]) }).optional(),
  })),
})

type ColumnParameters = z.output<typeof Parameters>['columns'][number]

export const table = defineEncoding({
  name: 'table',
  summary: 'The columns of a table, numbers standardised and categories one-hot.',
  config: Config,
  example: 'encoding: { table: { exclude: [id], numeric: quantile } }',
  reference: 'Kim et al. 2023, STaSy, https://arxiv.org/abs/2210.04018',
  make: (config) => ({
    fit: (schema, sample, { on_invalid = 'error' } = {}) => fitted({ columns: chosenColumns(schema, config).map((field) => fitColumn(field, sample, config, on_invalid === 'drop')) }),
    restore: (parameters) => fitted(Parameters.parse(parameters)),
  }),
})

function fitColumn({ name, type }: Field, sample: readonly RecordBatch[], { numeric, clamp, max_categories }: z.output<typeof Config>, drops: boolean): ColumnParameters {
  const known = typeName(type)
  const is_numeric = isNumber(type) || isTime(type)
  if (known === undefined || !(is_numeric || isCategorical(type))) throw fail('data_column', { column: name, problem: `is ${type}, which a table model does not take; exclude it` })
  const whole = wholeRange(sample.map((batch) => columnOf(batch, name)))
  const named = { name, type: known, ...(whole && { whole: [String(whole[0]), String(whole[1])] satisfies ColumnParameters['whole'] }) }
  if (is_numeric) {
    const numbers = sampleNumbers(name, sample, drops)
    const [first] = numbers
    return numbers.every((number) => number === first)
      ? { ...named, constant: { value: first as number } }
      : { ...named, numeric: fitNumeric(numbers, numeric, clamp) as ColumnParameters['numeric'] }
  }
  const { categories, rates } = fitCategories(sampleCategories(name, sample, drops))
  if (categories.length > max_categories) throw fail('data_column', { column: name, problem: `has ${categories.length} categories, more than max_categories (${max_categories}); exclude it, or join the rare ones` })
  return categories.length === 1
    ? { ...named, constant: { value: categories[0] as Category } }
    : { ...named, category: { categories: [...categories], rates: [...rates] } }
}

function sampleNumbers(name: string, sample: readonly RecordBatch[], drops: boolean): Float64Array {
  const parts = sample.map((batch) => numbersOf(columnOf(batch, name))?.values ?? [])
  const all = Float64Array.from(parts.flatMap((part) => [...part]), (number) => number + 0) // JSON knows no -0
  const numbers = drops ? all.filter(Number.isFinite) : all
  const at = numbers.findIndex((number) => !Number.isFinite(number))
  if (at >= 0) throw notFinite(name, sample, at)
  if (numbers.length === 0) throw noRows(name)
  return numbers
}

function sampleCategories(name: string, sample: readonly RecordBatch[], drops: boolean): Category[] {
  const all = sample.flatMap((batch) => [...new Vector([columnOf(batch, name)])] as (Category | null)[])
  const categories = drops ? all.filter((category) => category !== null) : all
  const at = categories.indexOf(null)
  if (at >= 0) throw notFinite(name, sample, at)
  if (categories.length === 0) throw noRows(name)
  return categories as Category[]
}

function makeColumn({ name, type: text, whole, numeric, category, constant }: ColumnParameters): TableColumn {
  const type = typeNamed(text)
  const within = whole && [BigInt(whole[0]), BigInt(whole[1])] as const
  if (numeric !== undefined) return numericColumn(name, type, numeric, within)
  return category === undefined ? constantColumn(name, type, constant as { value: number | Category }, within) : categoryColumn(name, type, category)
}

function fitted(parameters: z.output<typeof Parameters>): FittedEncoding {
  const columns = parameters.columns.map(makeColumn)
  const dim = columns.reduce((sum, { size }) => sum + size, 0)
  if (dim === 0) throw fail('data_column', { column: columns.map(({ name }) => name).join(', '), problem: 'is constant: there is nothing to model' })
  const places = columns.map((_, i) => columns.slice(0, i).reduce((sum, { size }) => sum + size, 0))
  const names = columns.flatMap(({ name, size }) => new Array<string>(size).fill(name))
  const draws = drawsOfColumns()
  return {
    parameters,
    variables: columns.filter(({ size }) => size > 0).map(({ name, size }) => (size === 1 ? { name } : { name, shape: [size] })),
    encode: checked((batch, options) => {
      const coordinates = new Float32Array(batch.numRows * dim)
      columns.forEach((column, i) => {
        if (column.size > 0) encodeColumn(column, columnOf(batch, column.name), { coordinates, at: places[i] as number, dim }, draws(column.name, options), options.first_row ?? 0)
      })
      return coordinates
    }, dim, (coordinate) => names[coordinate] as string),
    fields: columns.map(({ name, type }) => new Field(name, type as DataType, true)),
    decode: (coordinates) => columns.map((column, i) => column.decode({ coordinates, at: places[i] as number, dim })),
    convert(own, field) {
      const { name, type } = columns[field] as TableColumn
      return converted(name, own, type)
    },
    logSlope(coordinates) {
      const sums = new Float64Array(coordinates.length / dim)
      columns.forEach((column, i) => column.addLogSlope({ coordinates, at: places[i] as number, dim }, sums))
      return sums
    },
  }
}

/** The draws of a column; a key is made once for each seed and stream. */
function drawsOfColumns(): (column: string, options: EncodeOptions) => Draws {
  const made = new Map<string, Draws>()
  return (column, { seed = 0, stream = 'encoding' }) => {
    const id = JSON.stringify([seed, stream, column])
    let draws = made.get(id)
    if (draws === undefined) {
      draws = keyedDraws(seed, `${stream}/encode/${column}`)
      made.set(id, draws)
    }
    return draws
  }
}
