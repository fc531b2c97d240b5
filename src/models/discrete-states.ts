/** States of discrete coordinates, each uniformly one of its values: [dim, chains]. */
import { integers, type Key } from '../engine/rng/index.ts'
import { tf, type Tensor, type Tensor2D } from '../engine/tf.ts'

export const drawStates = (key: Key, shape: readonly [number, number], values: readonly number[]): Tensor2D =>
  tf.gather<Tensor>(tf.tensor1d([...values]), integers(key, shape, values.length) as Tensor2D) as Tensor2D
