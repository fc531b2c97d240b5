/**
 * Columns of numbers as they are.
 *
 * Coordinates are the columns' own values, uint8 scaled to [0, 1]; decoded, they are float32 under
 * the same names, lists with the shape that their field names (heatbath.shape). Nothing is fitted.
 * A single float32 column is passed on without a copy; NaN is decoded to NaN. Shapes: coordinates [rows, dim].
 * Errors: data_column for columns that are not there or not of numbers, data_not_finite.
 */
import { DataType, type Data, type Field, type RecordBatch, type Schema } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { sizeOfVariable, type Variable } from '../../models/variables.ts'
import { BYTE, isBytes } from '../arrow/bytes.ts'
import { float32Column, listColumn } from '../arrow/columns.ts'
import { isNumeric, readNumbers, type NumberArray } from '../arrow/numbers.ts'
import { columnOf, isMissing } from '../arrow/read.ts'
import { variableField } from '../arrow/schemas.ts'
import { checked } from './checked.ts'
import { defineEncoding, type FittedEncoding } from './contract.ts'

const Config = z.strictObject({
  columns: z.array(z.string()).nonempty().optional()
    .meta({ description: 'Columns of numbers or of lists of numbers; `x` unless given, or all columns of floats where there is no x.' }),
})

/** One for each column: its variable, and what its values are divided by. */
const Parameters = z.array(z.strictObject({
  name: z.string(),
  shape: z.array(z.int().positive()).optional(),
  divisor: z.number(),
}))

type Column = Variable & { readonly divisor: number }

export const values = defineEncoding({
  name: 'values',
  summary: 'Columns of numbers as they are, bytes scaled to [0, 1].',
  config: Config,
  example: 'encoding: { values: { columns: [x0, x1] } }',
  reference: 'LeCun et al. 1998 (bytes of images as numbers in [0, 1]), https://doi.org/10.1109/5.726791',
  make: ({ columns }) => ({
    fit: (schema) => fitted((columns ?? defaultColumns(schema)).map((name) => columnIn(schema, name))),
    restore: (parameters) => fitted(Parameters.parse(parameters).map(({ shape, ...rest }) => ({ ...rest, ...(shape === undefined ? {} : { shape }) }))),
  }),
})

function defaultColumns(schema: Schema): string[] {
  if (schema.names.includes('x')) return ['x']
  const floats = schema.fields.filter(({ type }) => DataType.isFloat(type)).map(({ name }) => name)
  if (floats.length === 0) throw fail('data_column', { column: 'x', problem: `is not there, nor is any column of floats; there are ${schema.names.join(', ')}` })
  return floats
}

function columnIn({ fields, names }: Schema, name: string): Column {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw fail('data_column', { column: name, problem: `is not there; there are ${names.join(', ')}` })
  if (!isNumeric(field.type)) throw fail('data_column', { column: name, problem: `is ${field.type}, not numbers` })
  const shape = shapeOf(field)
  return { name, ...(shape === undefined ? {} : { shape }), divisor: isBytes(field.type) ? BYTE : 1 }
}

function shapeOf({ type, metadata }: Field): number[] | undefined {
  if (!DataType.isFixedSizeList(type)) return undefined
  const size = sizeOfList(type)
  const declared = JSON.parse(metadata.get('heatbath.shape') ?? '[]') as number[]
  return sizeOfVariable({ name: '', shape: declared }) === size && declared.length > 0 ? declared : [size]
}

const sizeOfList = (type: DataType): number => (DataType.isFixedSizeList(type) ? type.listSize * sizeOfList(type.valueType as DataType) : 1)

function fitted(columns: readonly Column[]): FittedEncoding {
  const dim = columns.reduce((sum, column) => sum + sizeOfVariable(column), 0)
  const names = columns.flatMap((column) => new Array<string>(sizeOfVariable(column)).fill(column.name))
  const divisors = columns.flatMap((column) => new Array<number>(sizeOfVariable(column)).fill(column.divisor))
  return {
    parameters: columns,
    variables: columns.map(({ name, shape }) => ({ name, ...(shape === undefined ? {} : { shape }) })),
    encode: checked((batch) => coordinatesOf(batch, columns, dim), dim, (coordinate) => names[coordinate] as string),
    fields: columns.map(variableField),
    decode: (coordinates) => decoded(coordinates, columns, dim),
    logSlope: (coordinates) => new Float64Array(coordinates.length / dim).fill(-divisors.reduce((sum, divisor) => sum + Math.log(divisor), 0)),
    ...(divisors.every((divisor) => divisor === 1) ? {} : { spacing: Float32Array.from(divisors, (divisor) => (divisor === BYTE ? 1 / BYTE : 0)) }),
  }
}

function coordinatesOf(batch: RecordBatch, columns: readonly Column[], dim: number): Float32Array {
  const [only] = columns
  if (columns.length === 1 && only !== undefined && only.divisor === 1) {
    const { values } = read(batch, only)
    if (values instanceof Float32Array) return values
  }
  const coordinates = new Float32Array(batch.numRows * dim)
  let at = 0
  for (const column of columns) {
    const { values, size } = read(batch, column)
    copyScaled(values, size, column.divisor, coordinates, at, dim)
    at += size
  }
  return coordinates
}

function read(batch: RecordBatch, column: Column): ReturnType<typeof readNumbers> {
  const size = sizeOfVariable(column)
  if (isMissing(columnOf(batch, column.name))) return { values: new Float64Array(batch.numRows * size).fill(NaN), size, is_list: column.shape !== undefined } // of any type: SQL gives nulls one of its own
  const numbers = readNumbers(batch, column.name)
  if (isBytes(columnOf(batch, column.name).type) !== (column.divisor === BYTE)) throw fail('data_column', { column: column.name, problem: column.divisor === BYTE ? 'is not of bytes (uint8), as it was when the encoding was fitted' : 'is of bytes (uint8), and was not when the encoding was fitted' })
  if (numbers.size !== size) throw fail('data_column', { column: column.name, problem: `has ${numbers.size} numbers in a row, not ${size}` })
  return numbers
}

/** v / 255 for each byte v. */
const BYTES = Float32Array.from({ length: 256 }, (_, v) => v / BYTE)

/** Writes `size` numbers of each row behind coordinate `at` of its `dim`. */
function copyScaled(values: NumberArray, size: number, divisor: number, to: Float32Array, at: number, dim: number): void {
  if (divisor === BYTE && values instanceof Uint8Array) return copyBytes(values, size, to, at, dim)
  for (let start = at, from = 0; from < values.length; start += dim, from += size) {
    for (let i = 0; i < size; i++) to[start + i] = (values[from + i] as number) / divisor
  }
}

function copyBytes(values: Uint8Array, size: number, to: Float32Array, at: number, dim: number): void {
  for (let start = at, from = 0; from < values.length; start += dim, from += size) {
    for (let i = 0; i < size; i++) to[start + i] = BYTES[values[from + i] as number] as number
  }
}

function decoded(coordinates: Float32Array, columns: readonly Column[], dim: number): Data[] {
  let at = 0
  return columns.map((column) => {
    const size = sizeOfVariable(column)
    const part = size === dim ? coordinates : slices(coordinates, at, size, dim)
    at += size
    return column.shape === undefined ? float32Column(part) : listColumn(part, size)
  })
}

/** Coordinates [at, at + size) of each row. */
function slices(coordinates: Float32Array, at: number, size: number, dim: number): Float32Array {
  const part = new Float32Array((coordinates.length / dim) * size)
  for (let from = at, to = 0; to < part.length; from += dim, to += size) for (let i = 0; i < size; i++) part[to + i] = coordinates[from + i] as number
  return part
}
