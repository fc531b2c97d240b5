/** A random walk with a matrix product in it: a program that executors run in tests. */
import { keyAt, loop, normal, scalarInt, type HostArray, type WordPair } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { floats } from './numbers.ts'

interface Walk {
  readonly words: WordPair
  readonly x: Tensor2D
  readonly steps: Scalar
}

/** 64 chains in 3 dimensions. */
export const walk = ({ words, x, steps }: Walk): unknown => {
  const mix = tf.tensor2d([[0.9, 0.1, 0], [-0.1, 0.8, 0.2], [0, -0.3, 0.7]])
  const lanes = tf.range(0, 64, 1, 'int32') as Tensor1D
  const end = loop({ to: steps, state: x }, (now, i) => tf.add<Tensor2D>(tf.matMul(mix, tf.tanh(now)), normal(keyAt(words, lanes, i), [3, 64])))
  return { end, mean: tf.mean(end, 1) }
}
export const walkFrom = (seed: number, steps = 20) => ({ words: [scalarInt(seed), scalarInt(7)], x: floats([3, 64], -1, 1, seed), steps: scalarInt(steps) })

export type Walked = { readonly end: HostArray; readonly mean: HostArray }

