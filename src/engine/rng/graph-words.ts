/**
 * Words and floats of the graph under construction: what tfjs has no kernels for.
 *
 * Values are node references; shapes broadcast as TensorFlow's elementwise ops do.
 */
import type { FunctionBuilder } from '../graph/builder.ts'
import type { GraphDtype } from '../graph/program.ts'
import type { Words } from './threefry.ts'

/** 32-bit unsigned arithmetic on nodes of dtype uint32. */
export interface GraphWords extends Words<string> {
  or(a: string, b: string): string
  shiftRight(a: string, bits: number): string
  /** The same bits as another dtype. */
  cast(a: string, from: GraphDtype, to: GraphDtype): string
}

export function graphWords(b: FunctionBuilder): GraphWords {
  const T = { T: { type: 'uint32' as const } }
  const constant = (value: number): string => b.constant('uint32', [], [value >>> 0])
  const binary = (op: string) => (x: string, y: string): string => b.op(op, [x, y], T)()
  const or = binary('BitwiseOr')
  const shift = (op: string, x: string, bits: number): string => b.op(op, [x, constant(bits)], T)()
  return {
    constant,
    add: binary('AddV2'),
    xor: binary('BitwiseXor'),
    or,
    shiftRight: (x, bits) => shift('RightShift', x, bits),
    rotateLeft: (x, bits) => or(shift('LeftShift', x, bits), shift('RightShift', x, 32 - bits)),
    cast: (x, from, to) => (from === to ? x : b.op('Bitcast', [x], { T: { type: from }, type: { type: to } })()),
  }
}

/** float32 arithmetic on nodes. */
export interface GraphFloats {
  constant(value: number): string
  add(a: string, b: string): string
  mul(a: string, b: string): string
  sub(a: string, b: string): string
  max(a: string, b: string): string
  sqrt(a: string): string
  /** The nearest float of a uint32 or int32. */
  from(a: string, dtype: 'uint32' | 'int32'): string
  /** c0 + c1 x + c2 x² + ..., by Horner's rule. */
  polynomial(coefficients: readonly number[], x: string): string
}

export function graphFloats(b: FunctionBuilder): GraphFloats {
  const T = { T: { type: 'float32' as const } }
  const constant = (value: number): string => b.constant('float32', [], [value])
  const binary = (op: string) => (x: string, y: string): string => b.op(op, [x, y], T)()
  const [add, mul] = [binary('AddV2'), binary('Mul')]
  return {
    constant,
    add,
    mul,
    sub: binary('Sub'),
    max: binary('Maximum'),
    sqrt: (x) => b.op('Sqrt', [x], T)(),
    from: (x, dtype) => b.op('Cast', [x], { SrcT: { type: dtype }, DstT: { type: 'float32' }, Truncate: { bool: false } })(),
    polynomial: (coefficients, x) => coefficients.map(constant).reduceRight((sum, c) => add(mul(sum, x), c)),
  }
}
