/**
 * Reading and writing one row of a buffer at an index that is a tensor.
 *
 * In a loop XLA writes in place: no copy of the buffer. Indices are clamped to the buffer.
 */
import { dtypeOf } from './backend.ts'
import { bind, recording, refOf, type Recording } from './record.ts'
import { tf, type Scalar, type Tensor } from './tf.ts'

/** Row `index` of [n, ...shape], as [...shape]. */
export function readRow(buffer: Tensor, index: Scalar): Tensor {
  const shape = buffer.shape.slice(1)
  const into = recording()
  if (into === undefined) {
    const at = clamp(index.dataSync()[0] as number, buffer.shape[0] as number)
    return tf.slice(buffer, [at, ...shape.map(() => 0)], [1, ...shape]).reshape(shape)
  }
  const { builder } = into
  const sizes = builder.ints([1, ...shape])
  const ref = builder.op('XlaDynamicSlice', [refOf(buffer, into), startOf(into, index, buffer.rank), sizes], { T: { type: dtypeOf(buffer) }, Tindices: { type: 'int32' } })()
  return bind(into, ref, { dtype: dtypeOf(buffer), shape: [1, ...shape] }).reshape(shape)
}

/** The buffer [n, ...shape] with `row` [...shape] at `index`. */
export function writeRow(buffer: Tensor, row: Tensor, index: Scalar): Tensor {
  const into = recording()
  if (into === undefined) {
    const n = buffer.shape[0] as number
    const at = clamp(index.dataSync()[0] as number, n)
    const part = (from: number, to: number): Tensor => tf.slice(buffer, [from, ...row.shape.map(() => 0)], [to - from, ...row.shape])
    return tf.concat([part(0, at), row.expandDims(0), part(at + 1, n)].filter((t) => t.shape[0] !== 0))
  }
  const ref = into.builder.op('XlaDynamicUpdateSlice', [refOf(buffer, into), refOf(row.expandDims(0), into), startOf(into, index, buffer.rank)],
    { T: { type: dtypeOf(buffer) }, Tindices: { type: 'int32' } })()
  return bind(into, ref, { dtype: dtypeOf(buffer), shape: buffer.shape })
}

/** [index, 0, 0, ...] for a buffer of `rank` dimensions. */
function startOf(into: Recording, index: Scalar, rank: number): string {
  const zeros = Array.from({ length: rank - 1 }, () => into.builder.int(0))
  return into.builder.op('Pack', [refOf(index, into), ...zeros], { N: { int: rank }, T: { type: 'int32' }, axis: { int: 0 } })()
}

const clamp = (index: number, n: number): number => Math.min(Math.max(index, 0), n - 1)
