/** Layers of nets on images: x [rows, height, width, channels] throughout. */
import type { HostArray } from '../../engine/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor3D, type Tensor4D } from '../../engine/tf.ts'
import type { HostDraws } from './host-draws.ts'
import { dense, initDense, type Dense } from './layers.ts'

export interface Conv {
  /** [size, size, inputs, outputs] */
  readonly w: Tensor4D
  readonly b: Tensor1D
}

/** Weights of standard deviation gain/√(inputs of a pixel), biases 0. */
export const initConv = (size: number, inputs: number, outputs: number, draws: HostDraws, gain = 1): Record<'w' | 'b', HostArray> => ({
  w: draws.normal([size, size, inputs, outputs], gain / Math.sqrt(size * size * inputs)),
  b: draws.fill([outputs], 0),
})

export const conv = ({ w, b }: Conv, x: Tensor4D): Tensor4D => tf.add(tf.conv2d(x, w, 1, 'same'), b)

/** Each image to mean 0 and variance 1, over pixels and channels. */
export function normalizeImages(x: Tensor4D): Tensor4D {
  const flat = tf.reshape(x, [x.shape[0], -1])
  const centred = tf.sub(flat, tf.mean(flat, 1, true))
  return tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5))), x.shape)
}

/** Half the resolution: means of 2 × 2 pixels. (By reshape: XLA's pooling is slow on the CPU.) */
export function halved(x: Tensor4D): Tensor4D {
  const [rows, height, width, channels] = x.shape
  return tf.mean(tf.reshape(x, [rows, height / 2, 2, width / 2, 2, channels]), [2, 4])
}

/** Twice the resolution: each pixel four times. */
export function doubled(x: Tensor4D): Tensor4D {
  const [rows, height, width, channels] = x.shape
  return tf.reshape(tf.tile(tf.reshape(x, [rows, height, 1, width, 1, channels]), [1, 1, 2, 1, 2, 1]), [rows, 2 * height, 2 * width, channels])
}

/** Patches of p × p pixels as channels: [rows, height/p, width/p, p² channels]. */
export function toPatches(x: Tensor4D, p: number): Tensor4D {
  const [rows, height, width, channels] = x.shape
  const apart = tf.reshape(x, [rows, height / p, p, width / p, p, channels])
  return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4, 5]), [rows, height / p, width / p, p * p * channels])
}

/** The images again. */
export function fromPatches(x: Tensor4D, p: number): Tensor4D {
  const [rows, height, width, channels] = x.shape
  const apart = tf.reshape(x, [rows, height, width, p, p, channels / (p * p)])
  return tf.reshape(tf.transpose(apart, [0, 1, 3, 2, 4, 5]), [rows, height * p, width * p, channels / (p * p)])
}

/** Pixels that look at all pixels, with one head. */
export interface Attention {
  readonly qkv: Dense
  readonly out: Dense
}

export const initAttention = (channels: number, draws: HostDraws, gain: number): Record<keyof Attention, unknown> => ({
  qkv: initDense(channels, 3 * channels, draws),
  out: initDense(channels, channels, draws, gain),
})

/** x + W softmax(q kᵀ/√c) v, of x normalised. */
export function attend({ qkv, out }: Attention, x: Tensor4D): Tensor4D {
  const [rows, height, width, channels] = x.shape
  const pixels = height * width
  const all = dense(qkv, tf.reshape(normalizeImages(x), [rows * pixels, channels]))
  const [q, k, v] = tf.split(tf.reshape(all, [rows, pixels, 3 * channels]), 3, 2) as [Tensor3D, Tensor3D, Tensor3D]
  const weights = tf.softmax(tf.div(tf.matMul(q, k, false, true), Math.sqrt(channels)) as Tensor)
  const seen = tf.reshape(tf.matMul(weights as Tensor3D, v), [rows * pixels, channels])
  return tf.add(x, tf.reshape(dense(out, seen as never), x.shape))
}
