/** Layers that nets are made of. Rows throughout: [rows, features]. */
import type { HostArray } from '../../engine/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Condition } from './contract.ts'
import type { HostDraws } from './host-draws.ts'

export interface Dense {
  readonly w: Tensor2D
  readonly b: Tensor1D
}

/** Weights of standard deviation gain/√inputs (LeCun), biases 0. */
export const initDense = (inputs: number, outputs: number, draws: HostDraws, gain = 1): Record<'w' | 'b', HostArray> => ({
  w: draws.normal([inputs, outputs], gain / Math.sqrt(inputs)),
  b: draws.fill([outputs], 0),
})

export const dense = ({ w, b }: Dense, x: Tensor2D): Tensor2D => tf.add(tf.matMul(x, w), b)

/** What rows are known by besides their coordinates: noise, and their class where there are any. */
export interface Embedding {
  readonly embed: Dense
  /** [classes, size]. */
  readonly classes?: Tensor2D
}

export const initClasses = (classes: number, size: number, draws: HostDraws): { readonly classes?: HostArray } =>
  (classes === 0 ? {} : { classes: draws.normal([classes, size], 1) })

/** silu(W [cos ωc, sin ωc] + that of the class): [rows, size]. */
export function embedded({ embed, classes }: Embedding, size: number, { noise, classes: known }: Condition): Tensor2D {
  const e = dense(embed, fourier(noise, size))
  return silu(classes === undefined || known === undefined ? e : tf.add(e, tf.matMul(known, classes)))
}

/** x σ(x). */
export const silu = <T extends Tensor>(x: T): T => tf.mul(x, tf.sigmoid(x))

/** Rows of mean 0 and variance 1. */
export function normalizeRows(x: Tensor2D): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5)))
}

/** cos and sin of c at frequencies from 1/4 to 16, geometric: [rows, size]. c is a logarithm of σ, a few units wide. */
export function fourier(c: Tensor1D, size: number): Tensor2D {
  const n = size / 2
  const frequencies = tf.tensor2d(Array.from({ length: n }, (_, i) => 0.25 * 64 ** (i / Math.max(1, n - 1))), [1, n])
  const angles = tf.mul<Tensor2D>(tf.expandDims(c, 1), frequencies)
  return tf.concat2d([tf.cos(angles), tf.sin(angles)], 1)
}
