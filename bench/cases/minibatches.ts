/** Rows to train on. */
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { fromPull } from '../../src/index.ts'
import { listColumn, listType, recordBatch } from '../../src/streams/arrow/columns.ts'

export const ROWS = 8192

/** Minibatches of rows drawn with replacement, as the peers draw them. */
export function minibatches(data: Float32Array, dim: number, rows: number, count: number, round: number): Observable<RecordBatch> {
  const schema = new Schema([new Field('x', listType(dim), false)])
  let state = (round + 1) * 0x9e3779b1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % ROWS
  }
  return fromPull(function* () {
    for (let i = 0; i < count; i++) {
      const values = new Float32Array(rows * dim)
      for (let row = 0; row < rows; row++) {
        const at = next() * dim
        values.set(data.subarray(at, at + dim), row * dim)
      }
      yield recordBatch(schema, rows, [listColumn(values, dim)])
    }
  })
}

export function normals(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()))
}
