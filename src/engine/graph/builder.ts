/**
 * A TensorFlow function under construction.
 *
 * Nodes are pure, so an op with the inputs and attributes of an earlier one *is* the earlier one:
 * what two steps of a loop body compute alike is computed once.
 */
import { OPS, type OpSpec } from './ops.ts'
import type { Attribute, GraphDtype, GraphFunction, Node, TensorValue } from './program.ts'

/** References to the outputs of a node, by position. */
export type Outputs = (index?: number) => string

export class FunctionBuilder {
  readonly name: string
  readonly args: { name: string; dtype: GraphDtype }[] = []
  readonly #nodes: Node[] = []
  readonly #known = new Map<string, Outputs>()

  constructor(name: string) {
    this.name = name
  }

  arg(name: string, dtype: GraphDtype): string {
    this.args.push({ name, dtype })
    return name
  }

  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): Outputs {
    const { outputs: names } = OPS[op] as OpSpec // what is recorded was looked up before
    const identity = JSON.stringify([op, inputs, attributes], (_, value: unknown) =>
      ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1') : value)
    const known = this.#known.get(identity)
    if (known !== undefined) return known
    const name = `n${this.#nodes.length}_${op}`
    this.#nodes.push({ name, op, inputs, attributes })
    const outputs: Outputs = (index = 0) =>
      names.length === 1 ? `${name}:${names[0]}:${index}` : `${name}:${names[index]}:0`
    this.#known.set(identity, outputs)
    return outputs
  }

  constant(dtype: GraphDtype, shape: readonly number[], values: ArrayLike<number>): string {
    const value: TensorValue = { dtype, shape, data: splat(typed(dtype, values)) }
    return this.op('Const', [], { dtype: { type: dtype }, value: { tensor: value } })()
  }

  int(value: number): string {
    return this.constant('int32', [], [value])
  }

  ints(values: readonly number[]): string {
    return this.constant('int32', [values.length], values)
  }

  finish(results: readonly { name: string; dtype: GraphDtype; ref: string }[]): GraphFunction {
    return { name: this.name, args: this.args, results, nodes: this.#nodes }
  }
}

const typed = (dtype: GraphDtype, values: ArrayLike<number>): TensorValue['data'] => {
  if (dtype === 'float32') return Float32Array.from(values)
  if (dtype === 'uint32') return Uint32Array.from(values)
  return dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values)
}

/** One element where all are bitwise equal: XLA then sees a broadcast scalar and fuses it. (TensorFlow loses the sign of -0.) */
function splat<T extends TensorValue['data']>(data: T): T {
  return data.length > 1 && !Object.is(data[0], -0) && isSplat(data) ? (data.slice(0, 1) as T) : data
}

/** A buffer equal to itself shifted by one element holds one value throughout. */
export function isSplat(data: TensorValue['data']): boolean {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const width = data.BYTES_PER_ELEMENT
  return Buffer.compare(bytes.subarray(width), bytes.subarray(0, bytes.length - width)) === 0
}
