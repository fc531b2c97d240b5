/**
 * Coordinates that were looked at: values without coordinates are errors, with their place.
 */
import type { RecordBatch } from 'apache-arrow'
import { fail, type HeatbathError } from '../../errors.ts'
import type { EncodeOptions, FittedEncoding } from './contract.ts'
import { dataNotFinite } from './not-finite.ts'

/** Coordinates [rows, dim] of a batch, NaN (or infinite) for values that have none. */
export type Mark = (batch: RecordBatch, options: EncodeOptions) => Float32Array

/** `columnAt` names the column of a coordinate. A number that has no coordinates is not finite, unless numbers are categories: `of`. */
export function checked(mark: Mark, dim: number, columnAt: (coordinate: number) => string, of: Fault = 'data_not_finite'): FittedEncoding['encode'] {
  return (batch, options = {}) => {
    const coordinates = mark(batch, options)
    if (options.invalid === 'mark') return coordinates
    const at = firstInvalid(coordinates)
    if (at >= 0) throw problemAt(batch, Math.floor(at / dim), columnAt(at % dim), options.first_row ?? 0, of)
    return coordinates
  }
}

/** Index of the first value that is not finite, or -1. */
export function firstInvalid(values: Float32Array): number {
  let sum = 0 // stays 0 while all are finite: one pass without branches for the usual case
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * 0
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value))
}

type Fault = 'data_not_finite' | 'data_category'

function problemAt(batch: RecordBatch, row: number, column: string, firstRow: number, of: Fault): HeatbathError {
  const value: unknown = batch.getChild(column)?.get(row)
  const isCategory = typeof value === 'string' || typeof value === 'boolean' || (of === 'data_category' && value !== null)
  return isCategory ? fail('data_category', { column, value: String(value), row: firstRow + row }) : dataNotFinite(batch, column, row, firstRow)
}
