/** The coordinates of columnar particles, one by one. */
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'

/** [chains] each, of x [2, chains]. */
export const coordinates = (x: Tensor2D): [Tensor1D, Tensor1D] => tf.unstack(x, 0) as [Tensor1D, Tensor1D]

/** Neighbours along the first axis: x_0..x_(d−2) and x_1..x_(d−1), [dim − 1, chains] each. */
export function neighbours(x: Tensor2D): [Tensor2D, Tensor2D] {
  const [dim] = x.shape
  return [tf.slice(x, [0, 0], [dim - 1, -1]), tf.slice(x, [1, 0], [dim - 1, -1])]
}
