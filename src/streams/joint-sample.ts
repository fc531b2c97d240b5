/**
 * A bounded uniform sample of the rows of a stream, as points of the space of its variables that are numbers.
 *
 * Keyed as reservoir.ts is. Memory: the sample.
 */
import { Vector, type RecordBatch } from 'apache-arrow'
import type { Points } from '../models/diagnostics/contract.ts'
import { comparableColumns, comparableValues } from './arrow/comparable.ts'
import type { Draws } from './draws.ts'
import { Places } from './reservoir.ts'

export class JointSample {
  readonly #capacity: number
  readonly #places: Places
  /** [slots, numbers per row] of each variable. */
  readonly #values = new Map<string, Float64Array>()

  constructor(capacity: number, draws: Draws) {
    this.#capacity = capacity
    this.#places = new Places(capacity, draws)
  }

  add(batch: RecordBatch): void {
    const sources = comparableColumns(batch.schema).flatMap((column) => {
      const numbers = comparableValues(batch, column)
      return numbers instanceof Vector ? [] : [{ values: numbers.values, size: numbers.size, into: this.#of(column.name, numbers.size) }]
    })
    this.#places.take(batch.numRows, (row, slot) => {
      for (const { values, size, into } of sources) {
        for (let k = 0; k < size; k++) into[slot * size + k] = values[row * size + k] as number
      }
    })
  }

  /** The sampled rows in the space of these variables; rows with a number that is not finite are left out. */
  points(names: readonly string[]): Points {
    const { filled } = this.#places
    const columns = names.map((name) => {
      const values = this.#values.get(name) ?? new Float64Array(this.#capacity)
      return { values, size: values.length / this.#capacity }
    })
    const rows = Array.from({ length: filled }, (_, slot) => columns.flatMap(({ values, size }) => [...values.subarray(slot * size, (slot + 1) * size)]))
      .filter((row) => row.every(Number.isFinite))
    const dim = columns.reduce((sum, { size }) => sum + size, 0)
    const values = new Float64Array(rows.length * dim)
    rows.forEach((row, i) => values.set(row, i * dim))
    return { values, count: rows.length, dim }
  }

  #of(name: string, size: number): Float64Array {
    let values = this.#values.get(name)
    if (values === undefined) {
      values = new Float64Array(this.#capacity * size)
      this.#values.set(name, values)
    }
    return values
  }
}
