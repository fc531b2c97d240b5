/**
 * Ops that TensorFlow translates to XLA at once, for those that it does not.
 *
 * Most take a tenth of a millisecond each. For some (`MlirXlaOpKernel`) a compiler of their own is set up at each node: ten, in
 * every process, whether the compiled program is in the cache or not. What samplers and nets have many of is written by ops of
 * the first kind of which XLA makes the same program.
 */
import type { FunctionBuilder, Outputs } from './builder.ts'
import type { Attribute } from './program.ts'

type Write = (builder: FunctionBuilder, x: string) => Outputs

const T = { type: 'float32' } as const
const isFloat = (dtype: Attribute | undefined): boolean => dtype !== undefined && 'type' in dtype && dtype.type === T.type
const float = (builder: FunctionBuilder, value: number): string => builder.constant('float32', [], [value])

/** Of one float32. */
const QUICK: Readonly<Record<string, Write>> = {
  Floor: (builder, x) => builder.op('FloorDiv', [x, float(builder, 1)], { T }),
  IsNan: (builder, x) => builder.op('NotEqual', [x, x], { T }),
  Reciprocal: (builder, x) => builder.op('RealDiv', [float(builder, 1), x], { T }),
  Relu: (builder, x) => builder.op('Maximum', [x, float(builder, 0)], { T }),
  Sigmoid: (builder, x) => builder.op('SoftplusGrad', [float(builder, 1), x], { T }),
}

/** An op of a function for XLA, or a quick one in its place. */
export function quickOp(builder: FunctionBuilder, op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): Outputs {
  if (op === 'Select') return builder.op('SelectV2', inputs, attributes) // tfjs makes its inputs of one shape
  const write = isFloat(attributes.T) ? QUICK[op] : undefined
  return write === undefined ? builder.op(op, inputs, attributes) : write(builder, inputs[0] as string)
}
