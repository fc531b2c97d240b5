/**
 * Output shapes of the ops that recordings meet most, so that recording costs no compute and no memory.
 *
 * An op without a rule runs once on zeros to learn its output shapes. test/engine/shapes.test.ts
 * holds each rule against TensorFlow.
 */
import { Spec, type ArraySpec } from './array.ts'
import { backend, dtypeOf } from './backend.ts'
import { dtypeOfNumber, type TfAttribute } from './binding.ts'
import { tf, type Tensor } from './tf.ts'

type Rule = (attributes: readonly TfAttribute[], inputs: readonly Tensor[]) => ArraySpec | undefined

/** The output of an op call, or undefined where no rule applies. */
export function outputSpec(op: string, attributes: readonly TfAttribute[], inputs: readonly Tensor[]): ArraySpec | undefined {
  return RULES.get(op)?.(attributes, inputs)
}

/** Ops with a rule. */
export const ruledOps = (): string[] => [...RULES.keys()]

const RULES = new Map<string, Rule>()

const rule = (ops: string, f: Rule): void => {
  for (const op of ops.split(' ')) RULES.set(op, f)
}

const first = (inputs: readonly Tensor[]): Tensor => inputs[0] as Tensor
const like = (t: Tensor, shape: readonly number[]): ArraySpec => new Spec(dtypeOf(t), shape)
const attribute = (attributes: readonly TfAttribute[], name: string): unknown => attributes.find((a) => a.name === name)?.value
const broadcast = (inputs: readonly Tensor[]): number[] =>
  inputs.reduce<number[]>((shape, t) => tf.backend_util.assertAndGetBroadcastShape(shape, t.shape), [])
/** The values of a shape or axis argument, which tfjs makes from JavaScript numbers. */
const numbers = (t: Tensor | undefined): number[] => Array.from(t === undefined ? [] : backend().readSync(t.dataId))
const axis = (value: number, rank: number): number => (value < 0 ? value + rank : value)

rule('Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Cumsum Cumprod Elu EluGrad Erf Exp Expm1 Floor LeakyRelu Log Log1p LogSoftmax '
  + 'LogicalNot Neg OnesLike Reciprocal Relu Relu6 Relu6Grad ReluGrad Reverse ReverseV2 Round Rsqrt Selu SeluGrad Sigmoid Sign Sin '
  + 'Sinh Softmax Softplus Sqrt Square Tan Tanh ZerosLike AddN ClipByValue',
(_, inputs) => like(first(inputs), first(inputs).shape))

rule('Add AddV2 Sub Mul Div RealDiv DivNoNan Maximum Minimum Pow SquaredDifference FloorDiv FloorMod Mod Atan2',
  (_, inputs) => like(first(inputs), broadcast(inputs)))

rule('Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr', (_, inputs) => new Spec('bool', broadcast(inputs)))

rule('IsFinite IsNan IsInf', (_, inputs) => new Spec('bool', first(inputs).shape))

rule('Select', (_, [, x]) => x && like(x, x.shape))
rule('SelectV2', (_, inputs) => inputs[1] && like(inputs[1], broadcast(inputs)))

rule('Cast', (attributes, inputs) => {
  const dtype = dtypeOfNumber(attribute(attributes, 'DstT') as number)
  return dtype && new Spec(dtype, first(inputs).shape)
})

rule('Reshape', (_, [x, shape]) => {
  const extents = numbers(shape)
  return x === undefined || extents.includes(-1) ? undefined : like(x, extents)
})

rule('Fill', (_, [shape, value]) => value && like(value, numbers(shape)))

rule('Tile', (_, [x, multiples]) => {
  const times = numbers(multiples)
  return x && like(x, x.shape.map((extent, i) => extent * (times[i] ?? 1)))
})

rule('Transpose', (_, [x, permutation]) => x && like(x, numbers(permutation).map((i) => x.shape[i] as number)))

rule('ExpandDims', (_, [x, dim]) => {
  if (x === undefined) return undefined
  const shape = [...x.shape]
  shape.splice(axis(numbers(dim)[0] ?? 0, x.rank + 1), 0, 1)
  return like(x, shape)
})

rule('Slice', (_, [x, begin, size]) => {
  const starts = numbers(begin)
  return x && like(x, numbers(size).map((extent, i) => (extent < 0 ? (x.shape[i] as number) - (starts[i] as number) : extent)))
})

rule('Pad PadV2', (_, [x, paddings]) => {
  const widths = numbers(paddings)
  return x && like(x, x.shape.map((extent, i) => extent + (widths[2 * i] as number) + (widths[2 * i + 1] as number)))
})

rule('Sum Mean Max Min Prod All Any', (attributes, [x, axes]) => {
  if (x === undefined) return undefined
  const reduced = numbers(axes).map((a) => axis(a, x.rank))
  const keeps = attribute(attributes, 'keep_dims') === true
  return like(x, x.shape.flatMap((extent, i) => (reduced.includes(i) ? (keeps ? [1] : []) : [extent])))
})

rule('BatchMatMulV2', (attributes, [x, y]) => {
  if (x === undefined || y === undefined) return undefined
  const [rows, columns] = [x.shape.at(attribute(attributes, 'adj_x') === true ? -1 : -2), y.shape.at(attribute(attributes, 'adj_y') === true ? -2 : -1)]
  const batch = tf.backend_util.assertAndGetBroadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2))
  return like(x, [...batch, rows as number, columns as number])
})

rule('ConcatV2', (_, inputs) => {
  const parts = inputs.slice(0, -1)
  const shape = [...first(inputs).shape]
  const along = axis(numbers(inputs.at(-1))[0] ?? 0, shape.length)
  shape[along] = parts.reduce((sum, t) => sum + (t.shape[along] as number), 0)
  return like(first(inputs), shape)
})

rule('GatherV2', (attributes, [x, indices, along]) => {
  if (x === undefined || indices === undefined || attribute(attributes, 'batch_dims') !== 0) return undefined
  const at = axis(numbers(along)[0] ?? 0, x.rank)
  return like(x, [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)])
})

