/**
 * Turns rows into the coordinates of a model, as one list column `x`.
 *
 * A null, NaN or infinity is the error data_not_finite, an unknown category data_category; both name
 * the column and the row, counted from the start of the stream. With on_invalid `drop` such rows are
 * left out. Noise of categories is keyed by (seed, stream, column, row).
 * Shapes: x is FixedSizeList<float32>[dim], with the shape of the variable where there is but one.
 */
import { Schema, type RecordBatch } from 'apache-arrow'
import { defer, filter, map, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { sizeOfVariable } from '../../models/variables.ts'
import { nameOf } from '../../unit.ts'
import { listColumn, recordBatch } from '../arrow/columns.ts'
import { variableField } from '../arrow/schemas.ts'
import { firstInvalid } from '../encodings/checked.ts'
import type { FittedEncoding } from '../encodings/contract.ts'
import type { Model } from '../model.ts'
import { defineOperator, type OperatorContext } from './contract.ts'

export interface EncodeOptions {
  /** `error` unless given. */
  readonly on_invalid?: 'error' | 'drop'
  readonly seed?: number
  /** Name of the stream: streams of different names get independent noise. */
  readonly stream?: string
}

export function encode(encoding: FittedEncoding, { on_invalid = 'error', seed = 0, stream = 'training' }: EncodeOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const dim = encoding.variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)
  const [first, ...others] = encoding.variables
  const shape = others.length === 0 && first?.shape !== undefined ? first.shape : [dim]
  const schema = new Schema([variableField({ name: 'x', shape })])
  return (source) => defer(() => {
    let rows = 0
    return source.pipe(
      map((batch) => {
        const first_row = rows
        rows += batch.numRows
        const coordinates = encoding.encode(batch, { first_row, seed, stream, invalid: on_invalid === 'error' ? 'error' : 'mark' })
        const kept = on_invalid === 'error' ? coordinates : withoutInvalid(coordinates, dim)
        return recordBatch(schema, kept.length / dim, [listColumn(kept, dim)])
      }),
      filter(({ numRows }) => numRows > 0),
    )
  })
}

const Config = z.strictObject({
  model: nameOf('model', 'The model whose coordinates they become.'),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know.' }),
})

export const encodeOperator = defineOperator({
  name: 'encode',
  summary: 'Turns rows into the coordinates of a model, before a loss that reads nothing else.',
  config: Config,
  example: 'through: [{ encode: { model: digits } }]',
  reference: 'docs/units/README.md#encoding',
  build: ({ model, on_invalid }, context) => encodedFor(context.model(model), context, on_invalid, (source) => source),
})

/** An operator on the coordinates of a model, as one on its rows. */
export function encodedFor({ encoding }: Model, { seed, site: stream }: OperatorContext, on_invalid: 'error' | 'drop', operator: OperatorFunction<RecordBatch, RecordBatch>): OperatorFunction<RecordBatch, RecordBatch> {
  return encoding === undefined ? operator : (source) => source.pipe(encode(encoding, { on_invalid, seed, stream }), operator)
}

/** The rows whose coordinates are all finite. */
function withoutInvalid(coordinates: Float32Array, dim: number): Float32Array {
  if (firstInvalid(coordinates) < 0) return coordinates
  const kept = new Float32Array(coordinates.length)
  let at = 0
  for (let start = 0; start < coordinates.length; start += dim) {
    const row = coordinates.subarray(start, start + dim)
    if (firstInvalid(row) >= 0) continue
    kept.set(row, at)
    at += dim
  }
  return kept.subarray(0, at)
}
