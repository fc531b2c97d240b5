/**
 * Gradients of convolutions as forward convolutions.
 *
 * XLA compiles a forward convolution on the CPU well, and what tfjs's gradients use badly: the
 * filter's gradient inside a loop runs 20 to 100 times too slow. With y = x ∗ w, stride s, dilation d:
 *
 *   ∂w   x with rows and channels exchanged, convolved with dy so exchanged, stride d, dilation s
 *   ∂x   dy, its elements s apart, convolved with w turned round, dilation d
 *
 * All are made of differentiable ops, so that derivatives of any order take this way.
 * Measured in bench/ (why: docs/DECISIONS.md). Layout NHWC; other layouts keep tfjs's gradient.
 */
import { tf, type Tensor, type Tensor4D } from './tf.ts'

type Pair = [number, number]
type Padding = [Pair, Pair, Pair, Pair]

export interface ConvolutionAttributes {
  readonly strides: number | Pair
  readonly dilations: number | Pair
  readonly pad: 'valid' | 'same' | number | Padding
  readonly dataFormat: 'NHWC' | 'NCHW'
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

type Gradient = (dy: Tensor, saved: Tensor[], attributes: ConvolutionAttributes) => Record<string, () => Tensor>

/** The gradient of Conv2D; `upstream` is tfjs's. */
export const convolutionGradient = (upstream: Gradient): Gradient => (dy, saved, attributes) => {
  const [x, filter] = saved as [Tensor4D, Tensor4D]
  const { strides, dilations, pad, dataFormat, dimRoundingMode } = attributes
  if (dataFormat !== 'NHWC') return upstream(dy, saved, attributes)
  const [stride, dilation] = [pair(strides), pair(dilations)]
  const padding = paddingOf(x, filter, stride, dilation, pad, dimRoundingMode)
  return {
    x: () => inputGradient(x.shape, dy as Tensor4D, filter, stride, dilation, padding),
    filter: () => filterGradient(x, dy as Tensor4D, filter.shape, stride, dilation, padding),
  }
}

function inputGradient(inputShape: readonly number[], dy: Tensor4D, filter: Tensor4D, stride: Pair, dilation: Pair, padding: readonly [Pair, Pair]): Tensor {
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2])
  const spread = spreadBy(dy, stride)
  const around = (i: 0 | 1): Pair => {
    const reach = ((filter.shape[i] as number) - 1) * dilation[i]
    const before = reach - padding[i][0]
    return [before, (inputShape[1 + i] as number) + reach - before - (spread.shape[1 + i] as number)]
  }
  return convolve(spread, turned, [1, 1], dilation, around(0), around(1))
}

/** Elements so far apart, zeros between them. */
function spreadBy(x: Tensor4D, [down, right]: Pair): Tensor4D {
  if (down === 1 && right === 1) return x
  const [n, h, w, c] = x.shape
  const apart = tf.pad(tf.reshape(x, [n, h, 1, w, 1, c]), [[0, 0], [0, 0], [0, down - 1], [0, 0], [0, right - 1], [0, 0]])
  return tf.slice(tf.reshape(apart, [n, h * down, w * right, c]), [0, 0, 0, 0], [n, (h - 1) * down + 1, (w - 1) * right + 1, c]) as Tensor4D
}

function filterGradient(x: Tensor4D, dy: Tensor4D, [height, width]: readonly number[], stride: Pair, dilation: Pair, [rows, columns]: readonly [Pair, Pair]): Tensor {
  const turned = tf.transpose(x, [3, 1, 2, 0]) // [in, H, W, batch]
  const made = convolve(turned, tf.transpose(dy, [1, 2, 0, 3]), dilation, stride, rows, columns) // [in, height, width, out], or a little more
  const cut = made.shape[1] === height && made.shape[2] === width ? made : tf.slice(made, [0, 0, 0, 0], [-1, height as number, width as number, -1])
  return tf.transpose(cut, [1, 2, 0, 3])
}

/** A convolution with any padding: a negative one cuts rows or columns off. */
function convolve(x: Tensor4D, filter: Tensor4D, stride: Pair, dilation: Pair, rows: Pair, columns: Pair): Tensor4D {
  const [n, h, w, c] = x.shape
  const cut = (pads: Pair): Pair => [Math.max(0, -pads[0]), Math.max(0, -pads[1])]
  const [[t, b], [l, r]] = [cut(rows), cut(columns)]
  const inner = t + b + l + r === 0 ? x : tf.slice(x, [0, t, l, 0], [n, h - t - b, w - l - r, c])
  const grown = (pads: Pair): Pair => [Math.max(0, pads[0]), Math.max(0, pads[1])]
  const padded = tf.pad(inner, [[0, 0], grown(rows), grown(columns), [0, 0]]) // XLA makes it part of the convolution
  return tf.conv2d(padded as Tensor4D, filter, stride, 'valid', 'NHWC', dilation)
}

/** Padding above and below; to the left and right. */
function paddingOf(x: Tensor4D, filter: Tensor4D, stride: Pair, dilation: Pair, pad: ConvolutionAttributes['pad'], rounding: ConvolutionAttributes['dimRoundingMode']): readonly [Pair, Pair] {
  const { padInfo: { top, bottom, left, right } } = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, stride, dilation, pad, rounding)
  return [[top, bottom], [left, right]]
}

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value)
