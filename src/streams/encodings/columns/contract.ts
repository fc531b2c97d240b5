/**
 * Columns of a table encoding: how one column becomes some coordinates, and back.
 *
 * Each kind has parameters that are JSON, fitted to a sample of the column.
 */
import type { Data, DataType } from 'apache-arrow'
import { isMissing } from '../../arrow/read.ts'
import type { Draws } from '../../draws.ts'

/** Coordinates of all columns, row-major: column `at` of rows of `dim`. */
export interface Place {
  readonly coordinates: Float32Array
  readonly at: number
  readonly dim: number
}

export interface TableColumn {
  readonly name: string
  readonly type: DataType
  /** Number of coordinates; 0 for a constant. */
  readonly size: number
  /** Writes the coordinates of all rows, NaN where a value has none. `draws` at row number `first` and on. */
  encode(data: Data, place: Place, draws: Draws, first: number): void
  decode(place: Place): Data
  /** Adds log |dz/dv| of each row. */
  addLogSlope(place: Place, sums: Float64Array): void
}

/** As the column does it; nulls alone have no coordinates, whatever type they come in: SQL gives them one of its own. */
export function encodeColumn(column: TableColumn, data: Data, place: Place, draws: Draws, first: number): void {
  if (!isMissing(data)) column.encode(data, place, draws, first)
  else for (let row = 0; row < data.length; row++) place.coordinates.fill(NaN, row * place.dim + place.at, row * place.dim + place.at + column.size)
}
