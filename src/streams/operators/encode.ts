/**
 * Turns rows into the coordinates of a model, as one list column `x`.
 *
 * A null, NaN or infinity is the error data_not_finite, an unknown category data_category; both name
 * the column and the row, counted from the start of the stream. With on_invalid `drop` such rows are
 * left out. Noise of categories is keyed by (seed, stream, column, row): batches that are skipped count.
 * Shapes: x is FixedSizeList<float32>[dim], with the shape of the variable where there is but one; for a model with classes
 * their numbers are a column `class`, float32.
 */
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import { defer, filter, map, skip, tap, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import type { Classes } from '../../models/classes.ts'
import { sizeOfVariable } from '../../models/variables.ts'
import { nameOf } from '../../unit.ts'
import { float32Column, listColumn, recordBatch } from '../arrow/columns.ts'
import { variableField } from '../arrow/schemas.ts'
import { CLASS, classNumbers } from '../classes.ts'
import { firstInvalid } from '../encodings/checked.ts'
import type { FittedEncoding } from '../encodings/contract.ts'
import type { Model } from '../model.ts'
import { defineOperator, type OperatorContext } from './contract.ts'
import { drawing, optionsOf } from './options.ts'
import { rebatchTo } from './rebatch.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model whose coordinates they become.'),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know.' }),
})

const Options = Config.omit({ model: true }).extend({ ...drawing('training'), classes: z.custom<Classes>().optional(), seen: z.int().nonnegative().default(0) })

export interface EncodeOptions {
  /** `error` unless given. */
  readonly on_invalid?: 'error' | 'drop'
  readonly seed?: number
  /** Name of the stream: streams of different names get independent noise. */
  readonly stream?: string
  /** Those of the model, if it tells any apart. */
  readonly classes?: Classes
  /** Batches that an earlier run emitted: they are not emitted again. */
  readonly seen?: number
}

export function encode(encoding: FittedEncoding, options: EncodeOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { on_invalid, seed, stream, classes, seen } = optionsOf('encode', Options, options)
  const dim = encoding.variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)
  const [first, ...others] = encoding.variables
  const shape = others.length === 0 && first?.shape !== undefined ? first.shape : [dim]
  const schema = new Schema([variableField({ name: 'x', shape }), ...(classes === undefined ? [] : [new Field(CLASS, new Float32(), false)])])
  const unread = on_invalid === 'error' ? seen : 0 // what is left of a batch is not known before it is encoded
  return (source) => defer(() => {
    let [rows, left] = [0, unread]
    return source.pipe(
      filter(({ numRows }) => {
        if (left === 0) return true
        rows += numRows
        if (numRows > 0) left--
        return false
      }),
      map((batch) => {
        const first_row = rows
        rows += batch.numRows
        const invalid = on_invalid === 'error' ? 'error' : 'mark'
        const coordinates = encoding.encode(batch, { first_row, seed, stream, invalid })
        const numbers = classes && classNumbers(batch, classes, { first_row, invalid })
        const kept = on_invalid === 'error' ? undefined : validRows(coordinates, dim, numbers)
        const columns = [listColumn(picked(coordinates, dim, kept), dim), ...(numbers === undefined ? [] : [float32Column(picked(numbers, 1, kept))])]
        return recordBatch(schema, kept?.length ?? batch.numRows, columns)
      }),
      filter(({ numRows }) => numRows > 0),
      skip(seen - unread),
    )
  })
}

export const encodeOperator = defineOperator({
  name: 'encode',
  summary: 'Turns rows into the coordinates of a model, before a loss that reads nothing else.',
  config: Config,
  example: 'through: [{ encode: { model: digits } }]',
  reference: 'docs/units/README.md#encoding',
  build: ({ model, on_invalid }, context) => encodedFor(context.model(model), context, on_invalid, (source) => source),
})

/** An operator on the coordinates of a model, as one on its rows; where rows are dropped, those of later batches take their places. */
export function encodedFor({ encoding, spec: { classes } }: Model, { seed, site: stream, seen = 0 }: OperatorContext, on_invalid: 'error' | 'drop', operator: OperatorFunction<RecordBatch, RecordBatch>): OperatorFunction<RecordBatch, RecordBatch> {
  if (encoding === undefined) return seen === 0 ? operator : (source) => source.pipe(skip(seen), operator)
  const options = { on_invalid, seed, stream, ...(classes && { classes }) }
  const encoded = on_invalid === 'error' ? encode(encoding, { ...options, seen }) : filledUp(encode(encoding, options), seen)
  return (source) => source.pipe(encoded, operator)
}

/** What is left of batches, in batches as large as the largest that came: each size is a program of its own. `seen` of them are left out. */
const filledUp = (dropping: OperatorFunction<RecordBatch, RecordBatch>, seen: number): OperatorFunction<RecordBatch, RecordBatch> => (source) => defer(() => {
  let rows = 1
  return source.pipe(tap(({ numRows }) => (rows = Math.max(rows, numRows))), dropping, rebatchTo(() => rows, 'keep'), skip(seen))
})

/** The rows whose coordinates are all finite and whose class is known, if it matters; undefined where all are. */
function validRows(coordinates: Float32Array, dim: number, classes: Float32Array | undefined): number[] | undefined {
  if (firstInvalid(coordinates) < 0 && (classes === undefined || firstInvalid(classes) < 0)) return undefined
  const isValid = (values: Float32Array, size: number, row: number): boolean => firstInvalid(values.subarray(row * size, (row + 1) * size)) < 0
  const rows = Array.from({ length: coordinates.length / dim }, (_, row) => row)
  return rows.filter((row) => isValid(coordinates, dim, row) && (classes === undefined || isValid(classes, 1, row)))
}

/** Those rows of `size` numbers each; all unless given. */
function picked(values: Float32Array, size: number, rows: readonly number[] | undefined): Float32Array {
  if (rows === undefined) return values
  const kept = new Float32Array(rows.length * size)
  rows.forEach((row, i) => kept.set(values.subarray(row * size, (row + 1) * size), i * size))
  return kept
}
