/**
 * The forms of tfjs ops that are held against TensorFlow run op by op: each with the shapes of its
 * inputs, and whether derivatives pass through it.
 */
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D } from '../../src/engine/tf.ts'
import { floats, ints } from './numbers.ts'
import { leaves, valueAndGrads, type HostArray } from '../../src/engine/index.ts'

export interface Form {
  readonly name: string
  readonly inputs: readonly HostArray[]
  /** A tensor, or an array of them. */
  readonly f: (...inputs: Tensor[]) => Tensor | Tensor[]
  /** The orders of derivative that pass through: values alone, gradients, products with the Hessian. */
  readonly order: 0 | 1 | 2
}

const form = (order: 0 | 1 | 2) => (name: string, inputs: readonly HostArray[], f: (...inputs: never[]) => Tensor | Tensor[]): Form =>
  ({ name, inputs, f: f as Form['f'], order })

const values = form(0)
const once = form(1)
const twice = form(2)

const x = floats([3, 4], -2, 2)
const y = floats([3, 4], -2, 2, 1)
const positive = floats([3, 4], 0.3, 2.5)
const unit = floats([3, 4], -0.8, 0.8)
const row = floats([4], -2, 2, 2)
const image = floats([2, 6, 6, 3], -1, 1)
const volume = floats([1, 4, 4, 4, 2], -1, 1)

const unary = (make: typeof values, input: HostArray, names: string): Form[] =>
  names.split(' ').map((name) => make(name, [input], (t: Tensor) => (tf as unknown as Record<string, (t: Tensor) => Tensor>)[name]?.(t) as Tensor))

const binary = (make: typeof values, a: HostArray, b: HostArray, names: string): Form[] =>
  names.split(' ').map((name) => make(`${name} of [${a.shape}] and [${b.shape}]`, [a, b], (s: Tensor, t: Tensor) => (tf as unknown as Record<string, (s: Tensor, t: Tensor) => Tensor>)[name]?.(s, t) as Tensor))

const ELEMENTWISE: readonly Form[] = [
  ...unary(twice, x, 'abs asinh atan cos cosh elu erf exp expm1 leakyRelu logSigmoid neg relu relu6 selu sigmoid sin sinh softplus square tanh'),
  ...unary(twice, positive, 'log log1p reciprocal rsqrt sqrt'),
  ...unary(twice, unit, 'acos asin atanh tan'),
  twice('acosh', [floats([3, 4], 1.2, 3)], (t: Tensor) => tf.acosh(t)),
  ...unary(once, x, 'ceil floor round sign step'),
  ...unary(values, x, 'isFinite isInf isNaN'),
  values('logicalNot', [x], (t: Tensor) => tf.logicalNot(tf.greater(t, 0))),
  twice('clipByValue', [x], (t: Tensor) => tf.clipByValue(t, -1, 1)),
  twice('prelu', [x, floats([4], 0.1, 0.4)], (t: Tensor, alpha: Tensor) => tf.prelu(t, alpha)),
  twice('silu', [x], (t: Tensor) => tf.mul(t, tf.sigmoid(t))),
  twice('mish', [x], (t: Tensor) => tf.mul(t, tf.tanh(tf.softplus(t)))),
  twice('gelu', [x], (t: Tensor) => tf.mul(t, tf.mul(0.5, tf.add(1, tf.erf(tf.div(t, Math.SQRT2)))))),
  ...binary(twice, x, y, 'add sub mul maximum minimum squaredDifference'),
  ...binary(twice, x, row, 'add sub mul'),
  ...binary(values, x, row, 'maximum minimum squaredDifference'), // tfjs: no gradient of broadcast inputs
  ...binary(twice, floats([3, 1], -2, 2), row, 'mul sub'),
  ...binary(twice, x, positive, 'div divNoNan atan2'),
  twice('pow of positive numbers', [positive, y], (a: Tensor, b: Tensor) => tf.pow(a, b)),
  twice('pow with a number', [x], (t: Tensor) => tf.pow(t, 3)),
  twice('div by a scalar', [x, floats([], 1, 2)], (t: Tensor, s: Tensor) => tf.div(t, s)),
  values('floorDiv', [x, positive], (s: Tensor, t: Tensor) => tf.floorDiv(s, t)), // tfjs: the gradient of div
  once('mod', [positive, floats([], 1.1, 1.2)], (s: Tensor, t: Tensor) => tf.mod(s, t)),
  ...binary(values, ints([3, 4], -9, 9), ints([3, 4], 1, 5, 1), 'add sub mul floorDiv mod maximum minimum'),
  ...binary(values, ints([3, 4], 0, 3), ints([3, 4], 0, 3, 1), 'equal notEqual less lessEqual greater greaterEqual'),
  ...['logicalAnd', 'logicalOr', 'logicalXor'].map((name) => values(name, [x, y], (s: Tensor, t: Tensor) =>
    (tf as unknown as Record<string, (s: Tensor, t: Tensor) => Tensor>)[name]?.(tf.greater(s, 0), tf.greater(t, 0)) as Tensor)),
  values('cast to int32', [x], (t: Tensor) => tf.cast(t, 'int32')),
  values('cast to bool', [ints([3, 4], 0, 2)], (t: Tensor) => tf.cast(t, 'bool')),
  values('cast of bool', [x], (t: Tensor) => tf.cast(tf.greater(t, 0), 'float32')),
  values('cast of int32', [ints([3, 4], -9, 9)], (t: Tensor) => tf.cast(t, 'float32')),
  twice('where', [x, y], (s: Tensor, t: Tensor) => tf.where(tf.greater(s, t), tf.square(s), tf.mul(s, t))),
  twice('where, broadcast', [x, row], (s: Tensor, t: Tensor) => tf.where(tf.greater(s, 0), tf.mul(s, t), tf.square(s))),
  twice('addN', [x, y], (s: Tensor, t: Tensor) => tf.addN([s, t, s])),
]

const REDUCTIONS: readonly Form[] = [
  ...(['sum', 'mean', 'max', 'min', 'logSumExp'] as const).flatMap((name) => [
    twice(name, [x], (t: Tensor) => tf[name](t)),
    twice(`${name} over axis 0`, [x], (t: Tensor) => tf[name](t, 0)),
    twice(`${name} over the last axis, kept`, [x], (t: Tensor) => tf[name](t, -1, true)),
  ]),
  values('prod', [positive], (t: Tensor) => tf.prod(t, 1)),
  twice('norm', [x], (t: Tensor) => tf.norm(t, 2, 1)),
  twice('moments', [x], (t: Tensor) => {
    const { mean, variance } = tf.moments(t, 1)
    return [mean, variance]
  }),
  values('argMax', [x], (t: Tensor) => tf.argMax(t, 1)),
  values('argMin', [x], (t: Tensor) => tf.argMin(t, 0)),
  values('all and any', [x], (t: Tensor) => [tf.all(tf.greater(t, -1), 0), tf.any(tf.greater(t, 1), 1)]),
  twice('cumsum', [x], (t: Tensor) => tf.cumsum(t, 1)),
  twice('cumsum, exclusive and reversed', [x], (t: Tensor) => tf.cumsum(t, 0, true, true)),
  values('cumprod', [x], (t: Tensor) => tf.cumprod(t, 1)),
  values('topk', [x], (t: Tensor) => {
    const { values: largest, indices } = tf.topk(t, 2)
    return [largest, indices]
  }),
  values('unsortedSegmentSum', [x], (t: Tensor2D) => tf.unsortedSegmentSum(t, tf.tensor1d([1, 0, 1], 'int32'), 2)),
]

const A = floats([3, 4])
const B = floats([4, 5], -1, 1, 1)

const PRODUCTS: readonly Form[] = [
  twice('matMul', [A, B], (a: Tensor2D, b: Tensor2D) => tf.matMul(a, b)),
  twice('matMul, a transposed', [floats([4, 3]), B], (a: Tensor2D, b: Tensor2D) => tf.matMul(a, b, true)),
  twice('matMul, b transposed', [A, floats([5, 4], -1, 1, 1)], (a: Tensor2D, b: Tensor2D) => tf.matMul(a, b, false, true)),
  twice('matMul, both transposed', [floats([4, 3]), floats([5, 4], -1, 1, 1)], (a: Tensor2D, b: Tensor2D) => tf.matMul(a, b, true, true)),
  twice('matMul of batches', [floats([2, 3, 4]), floats([2, 4, 5], -1, 1, 1)], (a: Tensor3D, b: Tensor3D) => tf.matMul(a, b)),
  twice('matMul of a vector', [floats([1, 4]), B], (a: Tensor2D, b: Tensor2D) => tf.matMul(a, b)),
  twice('dot', [floats([4]), floats([4], -1, 1, 1)], (a: Tensor1D, b: Tensor1D) => tf.dot(a, b)),
  twice('outerProduct', [floats([3]), floats([4], -1, 1, 1)], (a: Tensor1D, b: Tensor1D) => tf.outerProduct(a, b)),
  values('einsum', [A, B], (a: Tensor2D, b: Tensor2D) => tf.einsum('ij,jk->ik', a, b)),
  twice('fused matMul', [A, B, floats([5], -1, 1, 2)], (a: Tensor2D, b: Tensor2D, bias: Tensor1D) => tf.fused.matMul({ a, b, bias, activation: 'relu' })),
]

const SHAPES: readonly Form[] = [
  twice('reshape', [x, floats([2, 6])], (t: Tensor, u: Tensor) => tf.mul(tf.reshape(t, [2, 6]), u)),
  twice('reshape with -1', [x], (t: Tensor) => tf.square(tf.reshape(t, [-1]))),
  twice('expandDims and squeeze', [x], (t: Tensor) => tf.squeeze(tf.square(tf.expandDims(tf.expandDims(t, 1), -1)))),
  twice('transpose', [x], (t: Tensor) => tf.square(tf.transpose(t))),
  twice('transpose of rank 4', [image], (t: Tensor4D) => tf.square(tf.transpose(t, [0, 3, 1, 2]))),
  twice('concat along rows', [x, y], (s: Tensor, t: Tensor) => tf.square(tf.concat([s, t], 0))),
  twice('concat along the last axis', [x, y], (s: Tensor, t: Tensor) => tf.square(tf.concat([s, t], -1))),
  twice('stack', [x, y], (s: Tensor, t: Tensor) => tf.square(tf.stack([s, t], 1))),
  twice('unstack', [x], (t: Tensor) => tf.unstack(tf.square(t), 0)),
  twice('split', [x], (t: Tensor) => tf.split(tf.square(t), 2, 1)),
  twice('split into parts of sizes', [x], (t: Tensor) => tf.split(tf.square(t), [1, 3], 1)),
  twice('slice', [x], (t: Tensor) => tf.square(tf.slice(t, [1, 0], [2, -1]))),
  values('stridedSlice', [x], (t: Tensor) => tf.stridedSlice(t, [0, 3], [3, 0], [2, -1])),
  twice('pad', [x], (t: Tensor) => tf.square(tf.pad(t, [[1, 0], [0, 2]], 0.5))),
  values('mirrorPad', [x], (t: Tensor) => tf.mirrorPad(t, [[1, 1], [2, 0]], 'reflect')),
  twice('tile', [x], (t: Tensor) => tf.square(tf.tile(t, [2, 3]))),
  twice('broadcastTo', [row], (t: Tensor) => tf.square(tf.broadcastTo(t, [3, 4]))),
  twice('reverse', [x], (t: Tensor) => tf.square(tf.reverse(t, 1))),
  twice('gather of rows', [x], (t: Tensor) => tf.square(tf.gather(t, tf.tensor1d([2, 0, 2, 1], 'int32')))),
  twice('gather of columns', [x], (t: Tensor) => tf.square(tf.gather(t, tf.tensor1d([3, 0], 'int32'), 1))),
  once('gather at indices that are an input', [x, ints([5], 0, 3)], (t: Tensor, at: Tensor1D) => tf.gather(t, at)),
  values('gatherND', [x], (t: Tensor) => tf.gatherND(t, tf.tensor2d([[2, 1], [0, 3]], [2, 2], 'int32'))),
  values('scatterND', [floats([2])], (t: Tensor) => tf.scatterND(tf.tensor2d([[3], [0]], [2, 1], 'int32'), t, [5])),
  values('tensorScatterUpdate', [floats([5]), floats([2], -1, 1, 1)], (t: Tensor, u: Tensor) => tf.tensorScatterUpdate(t, tf.tensor2d([[3], [0]], [2, 1], 'int32'), u)),
  values('oneHot', [ints([5], 0, 4)], (t: Tensor) => tf.oneHot(t as Tensor1D, 4)),
  values('fill, zeros, ones, range, linspace, eye', [floats([])], (s: Tensor) => [
    tf.mul(s, tf.fill([2, 3], 0.3)), tf.mul(s, tf.zeros([2])), tf.mul(s, tf.ones([2])), tf.mul(s, tf.range(0, 5)), tf.mul(s, tf.linspace(0, 1, 5)), tf.mul(s, tf.eye(3)),
  ]),
  twice('zerosLike and onesLike', [x], (t: Tensor) => tf.mul(t, tf.add(tf.zerosLike(t), tf.onesLike(t)))),
  values('diag', [row], (t: Tensor) => tf.diag(t)),
  twice('batchToSpaceND of spaceToBatchND', [image], (t: Tensor4D) => tf.square(tf.batchToSpaceND(tf.square(tf.spaceToBatchND(t, [2, 2], [[0, 0], [0, 0]])), [2, 2], [[0, 0], [0, 0]]))),
  twice('depthToSpace', [floats([1, 2, 2, 8])], (t: Tensor4D) => tf.square(tf.depthToSpace(t, 2))),
]

const kernel = floats([3, 3, 3, 4], -0.5, 0.5, 1)

const LAYERS: readonly Form[] = [
  twice('softmax', [x], (t: Tensor) => tf.softmax(t)),
  twice('logSoftmax', [x], (t: Tensor) => tf.logSoftmax(t)),
  twice('layer norm', [x], (t: Tensor) => {
    const centred = tf.sub(t, tf.mean(t, 1, true))
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-3)))
  }),
  twice('batch norm', [image, floats([3], -1, 1, 1), floats([3], 0.5, 1.5, 2), floats([3], -1, 1, 3), floats([3], 0.5, 1.5, 4)],
    (t: Tensor4D, mean: Tensor1D, variance: Tensor1D, offset: Tensor1D, scale: Tensor1D) => tf.batchNorm4d(t, mean, variance, offset, scale, 1e-3)),
  twice('batch norm of the batch itself', [image], (t: Tensor4D) => {
    const { mean, variance } = tf.moments(t, [0, 1, 2])
    const [zeros, ones]: Tensor1D[] = [tf.zeros([3]), tf.ones([3])]
    return tf.batchNorm4d(t, mean as Tensor1D, variance as Tensor1D, zeros, ones, 1e-3)
  }),
  twice('conv2d, valid', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 1, 'valid')),
  twice('conv2d, same', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 1, 'same')),
  twice('conv2d, stride 2', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 2, 'same')),
  twice('conv2d of one pixel', [image, floats([1, 1, 3, 5], -0.5, 0.5, 1)], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 1, 'valid')),
  twice('conv2d, dilated', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 1, 'same', 'NHWC', 2)),
  twice('conv2d, stride 2, valid', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 2, 'valid')),
  twice('conv2d, stride 2 and 1, padded', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, [2, 1], [[0, 0], [1, 2], [0, 1], [0, 0]])),
  twice('conv2d, padded beyond the kernel', [image, kernel], (t: Tensor4D, k: Tensor4D) => tf.conv2d(t, k, 1, [[0, 0], [4, 3], [0, 3], [0, 0]])),
  twice('conv2dTranspose', [image, floats([3, 3, 4, 3], -0.5, 0.5, 1)], (t: Tensor4D, k: Tensor4D) => tf.conv2dTranspose(t, k, [2, 12, 12, 4], 2, 'same')),
  twice('conv1d', [floats([2, 8, 3]), floats([3, 3, 4], -0.5, 0.5, 1)], (t: Tensor3D, k: Tensor3D) => tf.conv1d(t, k, 1, 'same')),
  once('conv3d', [volume, floats([2, 2, 2, 2, 3], -0.5, 0.5, 1)], (t: Tensor, k: Tensor) => tf.conv3d(t as never, k as never, 1, 'same')),
  twice('fused conv2d', [image, kernel, floats([4], -1, 1, 2)], (t: Tensor4D, k: Tensor4D, bias: Tensor1D) =>
    tf.fused.conv2d({ x: t, filter: k, strides: 1, pad: 'same', bias })),
  twice('depthwiseConv2d', [image, floats([3, 3, 3, 2], -0.5, 0.5, 1)], (t: Tensor4D, k: Tensor4D) => tf.depthwiseConv2d(t, k, 1, 'same')),
  twice('separableConv2d', [image, floats([3, 3, 3, 1], -0.5, 0.5, 1), floats([1, 1, 3, 4], -0.5, 0.5, 2)],
    (t: Tensor4D, deep: Tensor4D, point: Tensor4D) => tf.separableConv2d(t, deep, point, 1, 'same')),
  twice('avgPool', [image], (t: Tensor4D) => tf.square(tf.avgPool(t, 2, 2, 'valid'))),
  twice('avgPool, overlapping', [image], (t: Tensor4D) => tf.square(tf.avgPool(t, 3, 2, 'same'))),
  once('maxPool', [image], (t: Tensor4D) => tf.square(tf.maxPool(t, 2, 2, 'valid'))),
  once('avgPool3d and maxPool3d', [volume], (t: Tensor) => [tf.avgPool3d(t as never, 2, 2, 'valid'), tf.maxPool3d(t as never, 2, 2, 'valid')]),
  once('localResponseNormalization', [image], (t: Tensor4D) => tf.localResponseNormalization(t, 2)),
  twice('resizeBilinear', [image], (t: Tensor4D) => tf.square(tf.image.resizeBilinear(t, [9, 9]))),
  twice('resizeNearestNeighbor by a whole factor', [image], (t: Tensor4D) => tf.square(tf.image.resizeNearestNeighbor(t, [12, 12]))),
  // tfjs: the gradient of its gradient is wrong; write it with logSoftmax
  once('softmaxCrossEntropy', [x], (t: Tensor) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 3, 1], 'int32'), 4), t)),
  twice('sigmoidCrossEntropy', [x], (t: Tensor) => tf.losses.sigmoidCrossEntropy(tf.tensor2d([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0], [3, 4]), t)),
  twice('huberLoss', [x, y], (s: Tensor, t: Tensor) => tf.losses.huberLoss(s, t)),
  twice('meanSquaredError', [x, y], (s: Tensor, t: Tensor) => tf.losses.meanSquaredError(s, t)),
]

export const FORMS: readonly Form[] = [...ELEMENTWISE, ...REDUCTIONS, ...PRODUCTS, ...SHAPES, ...LAYERS]

/** What a form gives, its gradient and a product of its Hessian with a vector, as far as they pass: with respect to its float inputs. */
export function derivativesOf({ f, order }: Form, inputs: Tensor[]): { readonly values: Tensor[]; readonly gradient: Tensor[]; readonly hessian: Tensor[] } {
  const variable = inputs.filter((t) => t.dtype === 'float32')
  const withConstants = (ts: Tensor[]): Tensor[] => inputs.map((t) => ts[variable.indexOf(t)] ?? t)
  const gradient = (at: Tensor[]): Tensor[] => valueAndGrads((ts) => weighted(leaves(f(...withConstants(ts)))), at).grads
  return {
    values: leaves<Tensor>(f(...inputs)),
    gradient: order > 0 ? gradient(variable) : [],
    hessian: order > 1 ? valueAndGrads((ts) => weighted(gradient(ts)), variable).grads : [],
  }
}

/** The weight of element i in the sums that derivatives are taken of, and the direction of Hessian products. */
export const weightOf = (i: number): number => Math.fround(0.5 + Math.cos(i))

/** A sum of the elements of all, with unequal weights. */
const weighted = (ts: readonly Tensor[]): Scalar => ts.map((t) => {
  const weights = tf.tensor(Float32Array.from({ length: t.size }, (_, i) => weightOf(i)), t.shape)
  return tf.sum<Scalar>(tf.mul(t, weights))
}).reduce((sum, t) => tf.add(sum, t))
