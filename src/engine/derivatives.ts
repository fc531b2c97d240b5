/**
 * Repairs to tfjs 4.22's autodiff, so that gradients of gradients are right. Made when tfjs loads.
 *
 * Unrepaired they are silently wrong (silu by a third, a tanh layer wholly). Score matching on
 * energies, and every loss on a score that is itself a gradient, depend on them.
 * test/engine/derivatives.test.ts holds each against finite differences.
 */
import { convolutionGradient } from './convolution-gradients.ts'
import { tf, type NamedTensorMap, type Tensor, type Tensor4D } from './tf.ts'

type Gradient = (dy: Tensor, saved: Tensor[], attributes: Attributes) => Record<string, () => Tensor>

/** Those of the kernels below, together. */
interface Attributes {
  readonly strides: [number, number]
  readonly dilations: [number, number]
  readonly filterSize: [number, number]
  readonly pad: 'valid' | 'same' | number
  readonly dataFormat: 'NHWC' | 'NCHW'
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
  readonly blockSize: number
  readonly reps: readonly number[]
  readonly axis: number
  readonly exclusive: boolean
  readonly reverse: boolean
}

interface TapeNode {
  readonly inputs: NamedTensorMap
}

interface Tape {
  addTapeNode(name: string, inputs: NamedTensorMap, outputs: Tensor[], gradient: unknown, saved: Tensor[], attributes: unknown): void
  runKernel(name: string, inputs: Record<string, Tensor>, attributes: object): Tensor
  readonly state: { readonly activeTape: TapeNode[] }
}

export function repairDerivatives(): void {
  const engine = tf.engine() as unknown as Tape
  repairTape(engine)
  repairFusedConvolution()
  repairGradients((kernel, inputs, attributes) => engine.runKernel(kernel, inputs, attributes))
}

/**
 * An op that saves its *output* for the gradient clones it before its own tape node is written, so
 * the clone precedes its producer and a second backward pass sees a constant: put the clone after.
 * Comparisons have no gradient function and stop the pass: bool outputs never need a tape node.
 */
function repairTape(engine: Tape): void {
  const add = engine.addTapeNode.bind(engine)
  engine.addTapeNode = (name, inputs, outputs, gradient, saved, attributes) => {
    if (outputs.length > 0 && outputs.every((t) => t.dtype === 'bool')) return
    add(name, inputs, outputs, gradient, saved, attributes)
    const tape = engine.state.activeTape
    const made = new Set(outputs.map((t) => t.id))
    const readsMade = (node: TapeNode | undefined): boolean => node !== undefined && Object.values(node.inputs).some((t) => made.has(t.id))
    let position = tape.length - 1
    while (position > 0 && readsMade(tape[position - 1])) position--
    if (position < tape.length - 1) tape.splice(position, 0, tape.pop() as TapeNode)
  }
}

/**
 * A fused convolution, as layers of tfjs call it, has a gradient of its own that is in no registry:
 * it refuses dilations, and takes the ops that XLA compiles badly. Without an activation it is its
 * two parts, which XLA fuses; with one, tfjs takes it apart itself where a gradient is wanted.
 */
function repairFusedConvolution(): void {
  const fused = tf.fused as { conv2d: typeof tf.fused.conv2d }
  const upstream = fused.conv2d
  fused.conv2d = (options) => {
    const { x, filter, strides, pad, dataFormat, dilations, dimRoundingMode, bias, activation } = options
    if ((activation ?? 'linear') !== 'linear') return upstream(options)
    const made = tf.conv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode)
    return bias === undefined || bias === null ? made : tf.add(made, bias)
  }
}

function repairGradients(run: (kernel: string, inputs: Record<string, Tensor>, attributes: object) => Tensor): void {
  const replace = (kernelName: string, inputsToSave: string[], gradient: Gradient): void => {
    if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName)
    tf.registerGradient({ kernelName, inputsToSave, gradFunc: gradient as never })
  }
  const four = (t: Tensor | undefined): Tensor4D => t as Tensor4D

  // Gradients of gradient kernels. All are linear in dy, so each is the matching forward kernel.
  replace('Conv2DBackpropFilter', ['x', 'dy'], (g, [x, dy], { strides, pad, dataFormat, dimRoundingMode }) => ({
    x: () => run('Conv2DBackpropInput', { dy: four(dy), filter: g }, { strides, pad, dataFormat, dimRoundingMode, inputShape: four(x).shape }),
    dy: () => tf.conv2d(four(x), four(g), strides, pad, dataFormat, 1, dimRoundingMode),
  }))
  replace('DepthwiseConv2dNativeBackpropInput', ['dy', 'filter'], (g, [dy, filter], { strides, dilations, pad, dimRoundingMode }) => ({
    dy: () => tf.depthwiseConv2d(four(g), four(filter), strides, pad, 'NHWC', dilations, dimRoundingMode),
    filter: () => run('DepthwiseConv2dNativeBackpropFilter', { x: g, dy: four(dy) }, { strides, dilations, pad, dimRoundingMode, filterShape: four(filter).shape }),
  }))
  replace('DepthwiseConv2dNativeBackpropFilter', ['x', 'dy'], (g, [x, dy], { strides, dilations, pad, dimRoundingMode }) => ({
    x: () => run('DepthwiseConv2dNativeBackpropInput', { dy: four(dy), filter: g }, { strides, dilations, pad, dimRoundingMode, inputShape: four(x).shape }),
    dy: () => tf.depthwiseConv2d(four(x), four(g), strides, pad, 'NHWC', dilations, dimRoundingMode),
  }))
  replace('AvgPoolGrad', ['dy', 'input'], (g, [, input], { filterSize, strides, pad }) => ({
    dy: () => tf.avgPool(four(g), filterSize, strides, pad),
    input: () => tf.zerosLike(four(input)),
  }))
  replace('ResizeNearestNeighborGrad', ['images', 'dy'], (g, [images, dy], { alignCorners }) => ({
    dy: () => tf.image.resizeNearestNeighbor(four(g), four(dy).shape.slice(1, 3) as [number, number], alignCorners),
    images: () => tf.zerosLike(four(images)),
  }))
  replace('ResizeBilinearGrad', ['images', 'dy'], (g, [images, dy], { alignCorners }) => ({
    dy: () => tf.image.resizeBilinear(four(g), four(dy).shape.slice(1, 3) as [number, number], alignCorners),
    images: () => tf.zerosLike(four(images)),
  }))
  replace('EluGrad', ['dy', 'y'], (g, [dy, y]) => ({
    dy: () => tf.mul(g, tf.add(tf.minimum(y as Tensor, 0), 1)),
    y: () => tf.mul(tf.mul(g, dy as Tensor), tf.cast(tf.less(y as Tensor, 0), 'float32')),
  }))

  const { gradFunc } = tf.getGradient('Conv2D')
  replace('Conv2D', ['x', 'filter'], convolutionGradient(gradFunc as never) as never)

  // XLA has no ResizeNearestNeighborGrad: for whole factors, sum over each block.
  replace('ResizeNearestNeighbor', ['images'], (g, [images], { alignCorners, halfPixelCenters }) => ({
    images: () => {
      const [n, h, w, c] = four(images).shape
      const [, H, W] = four(g).shape
      if (H % h !== 0 || W % w !== 0 || alignCorners) {
        return run('ResizeNearestNeighborGrad', { images: four(images), dy: g }, { alignCorners, halfPixelCenters, size: [H, W] })
      }
      return tf.sum(tf.reshape(g, [n, h, H / h, w, W / w, c]), [2, 4])
    },
  }))

  // Upstream transposes the result: a wrong shape, or for a square array a wrong gradient, along any axis but the last.
  replace('Cumsum', [], (g, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(g, axis, exclusive, !reverse),
  }))

  // Missing first derivatives.
  replace('DepthToSpace', [], (g, _, { blockSize: b }) => ({
    x: () => {
      const [n, h, w, c] = four(g).shape
      return tf.reshape(tf.transpose(tf.reshape(g, [n, h / b, b, w / b, b, c]), [0, 1, 3, 2, 4, 5]), [n, h / b, w / b, c * b * b])
    },
  }))
  replace('DivNoNan', ['a', 'b'], (g, [a, b]) => ({
    a: () => tf.divNoNan(g, b as Tensor),
    b: () => tf.neg(tf.divNoNan(tf.mul(g, a as Tensor), tf.square(b as Tensor))),
  }))

  // Tile of any rank: upstream stops at rank 4 and takes one slice per repeat.
  replace('Tile', ['x'], (g, [x], { reps }) => ({
    x: () => {
      const split = (x as Tensor).shape.flatMap((extent, i) => [reps[i] as number, extent])
      return tf.sum(tf.reshape(g, split), reps.map((_, i) => 2 * i))
    },
  }))
}
