/**
 * Reading and writing rows of a buffer at an index that is a tensor.
 *
 * In a loop XLA writes in place: no copy of the buffer. Indices are clamped to the buffer.
 */
import { dtypeOf } from './backend.ts'
import { bind, recording, refOf, type Recording } from './record.ts'
import { tf, type Scalar, type Tensor } from './tf.ts'

/** Row `index` of [n, ...shape], as [...shape]. */
export const readRow = (buffer: Tensor, index: Scalar): Tensor => readRows(buffer, index, 1).reshape(buffer.shape.slice(1))

/** The number at `index` of a list that is known while recording, []. */
export const entryAt = (values: readonly number[], index: Scalar): Scalar => readRow(tf.tensor1d([...values]), index) as Scalar

/** The buffer [n, ...shape] with `row` [...shape] at `index`. */
export const writeRow = (buffer: Tensor, row: Tensor, index: Scalar): Tensor => writeRows(buffer, row.expandDims(0), index)

/** `count` rows of [n, ...shape] from `index` on, as [count, ...shape]. */
export function readRows(buffer: Tensor, index: Scalar, count: number): Tensor {
  const shape = buffer.shape.slice(1)
  const into = recording()
  if (into === undefined) {
    const at = clamp(index.dataSync()[0] as number, (buffer.shape[0] as number) - count)
    return tf.slice(buffer, [at, ...shape.map(() => 0)], [count, ...shape])
  }
  const { builder } = into
  const sizes = builder.ints([count, ...shape])
  const ref = builder.op('XlaDynamicSlice', [refOf(buffer, into), startOf(into, index, buffer.rank), sizes], { T: { type: dtypeOf(buffer) }, Tindices: { type: 'int32' } })()
  return bind(into, ref, { dtype: dtypeOf(buffer), shape: [count, ...shape] })
}

/** The buffer [n, ...shape] with `rows` [count, ...shape] from `index` on. */
export function writeRows(buffer: Tensor, rows: Tensor, index: Scalar): Tensor {
  const into = recording()
  if (into === undefined) {
    const [n, count] = [buffer.shape[0] as number, rows.shape[0] as number]
    const at = clamp(index.dataSync()[0] as number, n - count)
    const part = (from: number, to: number): Tensor => tf.slice(buffer, [from, ...rows.shape.slice(1).map(() => 0)], [to - from, ...rows.shape.slice(1)])
    return tf.concat([part(0, at), rows, part(at + count, n)].filter((t) => t.shape[0] !== 0))
  }
  const ref = into.builder.op('XlaDynamicUpdateSlice', [refOf(buffer, into), refOf(rows, into), startOf(into, index, buffer.rank)],
    { T: { type: dtypeOf(buffer) }, Tindices: { type: 'int32' } })()
  return bind(into, ref, { dtype: dtypeOf(buffer), shape: buffer.shape })
}

/** [index, 0, 0, ...] for a buffer of `rank` dimensions. */
function startOf(into: Recording, index: Scalar, rank: number): string {
  const zeros = Array.from({ length: rank - 1 }, () => into.builder.int(0))
  return into.builder.op('Pack', [refOf(index, into), ...zeros], { N: { int: rank }, T: { type: 'int32' }, axis: { int: 0 } })()
}

const clamp = (index: number, last: number): number => Math.min(Math.max(index, 0), last)
