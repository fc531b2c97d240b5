/**
 * Points in the plane that are generated: columns x0 and x1, float32.
 *
 * Point number i is a pure function of (seed, stream, i): batches of another size hold the same rows.
 */
import { Field, Float32, Schema } from 'apache-arrow'
import { z } from 'zod'
import { float32Column, recordBatch } from '../arrow/columns.ts'
import { keyedDraws, type Draws } from '../draws.ts'
import { fromPull } from '../pull.ts'
import type { Source, SourceContext } from './contract.ts'

/** The fields that all generated sources have. */
export const GENERATED = {
  rows: z.union([z.int().positive(), z.literal('infinite')]).default(10_000).meta({ description: 'Number of points, or `infinite`.' }),
  batch_rows: z.int().positive().default(1000).meta({ description: 'Rows of each batch.' }),
} as const

interface Generated {
  readonly rows: number | 'infinite'
  readonly batch_rows: number
}

/** Point number `row`. */
export type Point = (draws: Draws, row: number) => readonly [number, number]

const SCHEMA = new Schema([new Field('x0', new Float32(), false), new Field('x1', new Float32(), false)])

export function pointsInPlane(name: string, { rows, batch_rows }: Generated, { seed, stream, limit = Infinity }: SourceContext, point: Point): Source {
  const count = Math.min(limit, rows === 'infinite' ? Infinity : rows)
  const draws = keyedDraws(seed, `${stream}/${name}`)
  return {
    rows$: fromPull(function* () {
      for (let first = 0; first < count; first += batch_rows) {
        const size = Math.min(batch_rows, count - first)
        const columns = [new Float32Array(size), new Float32Array(size)] as const
        for (let row = 0; row < size; row++) [columns[0][row], columns[1][row]] = point(draws, first + row)
        yield recordBatch(SCHEMA, size, columns.map(float32Column))
      }
    }),
    schema: () => Promise.resolve(SCHEMA),
    numRows: () => Promise.resolve(Number.isFinite(count) ? count : undefined),
    can_replay: true,
  }
}
