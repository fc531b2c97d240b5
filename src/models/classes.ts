/**
 * Classes of rows that a model is told of: it learns the law of each, and of all together.
 *
 * Numbers of classes count from 0 in the order of `values`; −1 stands for none. In training the class
 * of some rows is withheld, so that the same net also knows the law of all (classifier-free guidance,
 * Ho & Salimans 2022, https://arxiv.org/abs/2207.12598).
 * Shapes: numbers [rows], float32; as a net sees them [rows, classes], a row of zeros for none.
 */
import { uniform, type Key } from '../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../engine/tf.ts'

export type ClassValue = string | number | boolean

export interface Classes {
  /** The column of the training data that names them. */
  readonly column: string
  readonly values: readonly ClassValue[]
  /** Share of the rows whose class is withheld in training. */
  readonly dropout: number
}

/** What chains draw of a model: a class each. */
export interface Wanted {
  /** Number of each chain's class, [chains]. */
  readonly numbers: Tensor1D
  /** w: 1 draws the class as it was learnt, more what tells it from the others. */
  readonly guidance: number
}

export const NO_CLASS = -1

export const oneHot = (numbers: Tensor1D, count: number): Tensor2D =>
  tf.cast(tf.equal(tf.expandDims(numbers, 1), tf.tensor2d(Array.from({ length: count }, (_, k) => k), [1, count])), 'float32')

/** Some classes withheld. */
export const withheld = (key: Key, numbers: Tensor1D, { dropout }: Classes): Tensor1D =>
  (dropout === 0 ? numbers : tf.where(tf.less(uniform(key, numbers.shape), dropout), NO_CLASS, numbers) as Tensor1D)

/** Classes that chains take by turns: `wanted` are the numbers of classes, `chains` those of chains, int32. */
export function byTurns(wanted: readonly number[], chains: Tensor1D): Tensor1D {
  const n = wanted.length
  const turn = tf.cast<Tensor1D>(tf.mod(chains, tf.scalar(n, 'int32')), 'float32')
  return tf.sum(tf.mul(oneHot(turn, n), tf.tensor2d([...wanted], [1, n])), 1)
}
