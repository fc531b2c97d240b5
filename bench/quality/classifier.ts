/**
 * The classifier that judges generated digits: a small convolutional net.
 *
 *   28×28×1 → 16 → stride 2: 32 → stride 2: 64 → stride 2: 48 (3×3 kernels, rectified) → 64 features, rectified → 10 logits
 *
 * What it says of an image that is no digit is not known: a confident answer is necessary for a good digit, not sufficient.
 * Shapes: images [rows, 784], grey values from 0 to 1; features [rows, 64]; logits [rows, 10].
 */
import { tf, type Scalar, type Tensor1D, type Tensor2D, type Tensor4D } from '../../src/engine/tf.ts'
import type { HostDraws } from '../../src/models/nets/host-draws.ts'
import { dense, initDense, type Dense } from '../../src/models/nets/layers.ts'

export const CLASSES = 10
export const FEATURES = 64
export const SIDE = 28
export const PIXELS = SIDE ** 2

/** Channels of each convolution; the first keeps the size, the others halve it, rounded up. */
const CHANNELS = [16, 32, 64, 48]
const LAST_SIDE = 4

interface Convolution {
  readonly w: Tensor4D
  readonly b: Tensor1D
}

export interface Classifier {
  readonly convolutions: readonly Convolution[]
  readonly features: Dense
  readonly classes: Dense
}

/** Weights of standard deviation √(2/inputs) before a rectifier (He et al. 2015), √(1/inputs) before the logits. */
export const initClassifier = (draws: HostDraws): unknown => ({
  convolutions: CHANNELS.map((channels, i) => {
    const inputs = CHANNELS[i - 1] ?? 1
    return { w: draws.normal([3, 3, inputs, channels], Math.sqrt(2 / (9 * inputs))), b: draws.fill([channels], 0) }
  }),
  features: initDense(LAST_SIDE ** 2 * (CHANNELS.at(-1) as number), FEATURES, draws, Math.SQRT2),
  classes: initDense(FEATURES, CLASSES, draws),
})

export interface Answer {
  readonly features: Tensor2D
  readonly logits: Tensor2D
}

export function classify({ convolutions, features, classes }: Classifier, images: Tensor2D): Answer {
  const rows = images.shape[0]
  let h = images.reshape([rows, SIDE, SIDE, 1]) as Tensor4D
  convolutions.forEach(({ w, b }, i) => {
    h = tf.relu(tf.add(tf.conv2d(h, w, i === 0 ? 1 : 2, 'same'), b))
  })
  const last = tf.relu(dense(features, h.reshape([rows, -1]) as Tensor2D))
  return { features: last, logits: dense(classes, last) }
}

/** The mean over rows of −log p(label). */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tf.neg<Scalar>(tf.mean(tf.sum(tf.mul(tf.oneHot(labels, CLASSES), tf.logSoftmax(logits)), 1)))
}
