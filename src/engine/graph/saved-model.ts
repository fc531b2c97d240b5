/**
 * A program as the bytes of a TensorFlow SavedModel.
 *
 * The graph calls the program's main function once per *lane* (call.ts); TensorFlow runs the lanes at the
 * same time, and all of them share one executable. Inputs of lane l are placeholders `l<l>_x<i>`,
 * its outputs `l<l>_y<i>`; captures are shared: `c<i>`. An output with a join axis is also there as
 * `y<i>`: that of all lanes, one after the other along the axis. What is not fetched costs nothing.
 * Source: tensorflow/core/protobuf/saved_model.proto and the messages it uses.
 */
import { callOf, type Device } from './call.ts'
import type { Attribute, GraphDtype, GraphFunction, Node, NodeDtype, Program, TensorValue } from './program.ts'
import { Message } from './protobuf.ts'

export const inputName = (lane: number, index: number): string => `l${lane}_x${index}`
export const outputName = (lane: number, index: number): string => `l${lane}_y${index}`
export const joinedName = (index: number): string => `y${index}`
export const captureName = (index: number): string => `c${index}`

export interface Layout {
  readonly lanes: number
  /** For each output, the axis along which its lanes can be joined. */
  readonly join: readonly (number | undefined)[]
}

export function savedModel(program: Program, { lanes, join }: Layout, device: Device): Uint8Array {
  const call = callOf(program, device)
  const graph = new Message()
  const node = (name: string, op: string, inputs: readonly string[], attributes: Node['attributes']): void => {
    graph.message(1, encodeNode({ name, op, inputs, attributes }))
  }
  const placeholder = (name: string, { dtype, shape }: { dtype: GraphDtype; shape: readonly number[] }): void =>
    node(name, 'Placeholder', [], { dtype: { type: dtype }, shape: { shape } })

  for (const one of call.before) graph.message(1, encodeNode(one))
  program.captures.forEach((capture, i) => placeholder(captureName(i), capture))
  for (let lane = 0; lane < lanes; lane++) {
    program.inputs.forEach((input, i) => placeholder(inputName(lane, i), input))
    node(`l${lane}_call`, call.op, [...call.inputs, ...program.inputs.map((_, i) => inputName(lane, i)), ...program.captures.map((_, i) => captureName(i))], call.attributes)
    program.outputs.forEach((output, i) =>
      node(outputName(lane, i), 'Identity', [`l${lane}_call:${i}`], { T: { type: output.dtype } }))
  }

  join.forEach((axis, i) => {
    const dtype = program.outputs[i]?.dtype
    if (axis === undefined || dtype === undefined) return
    const parts = Array.from({ length: lanes }, (_, lane) => `l${lane}_call:${i}`)
    node(`axis${i}`, 'Const', [], { dtype: { type: 'int32' }, value: { tensor: { dtype: 'int32', shape: [], data: Int32Array.of(axis) } } })
    if (lanes === 1) node(joinedName(i), 'Identity', parts, { T: { type: dtype } })
    else node(joinedName(i), 'ConcatV2', [...parts, `axis${i}`], { N: { int: lanes }, T: { type: dtype }, Tidx: { type: 'int32' } })
  })

  const library = new Message()
  for (const f of call.functions) library.message(1, encodeFunction(f))
  const producer = new Message().int(1, 1994)
  graph.message(2, library).message(4, producer)
  const metaGraph = new Message().message(1, new Message().string(4, 'serve')).message(2, graph)
  return new Message().int(1, 1).message(2, metaGraph).finish()
}

const DTYPE: Readonly<Record<NodeDtype, number>> = { float32: 1, int32: 3, bool: 10, bfloat16: 14, uint32: 22 }

function encodeFunction(f: GraphFunction): Message {
  const signature = new Message().string(1, f.name)
  for (const { name, dtype } of f.args) signature.message(2, new Message().string(1, name).int(3, DTYPE[dtype]))
  for (const { name, dtype } of f.results) signature.message(3, new Message().string(1, name).int(3, DTYPE[dtype]))
  const message = new Message().message(1, signature)
  for (const node of f.nodes) message.message(3, encodeNode(node))
  for (const { name, ref } of f.results) message.message(4, new Message().string(1, name).string(2, ref))
  for (const [name, value] of Object.entries(f.attributes ?? {})) message.entry(5, name, encodeAttribute(value))
  return message
}

function encodeNode({ name, op, inputs, attributes }: Node): Message {
  const message = new Message().string(1, name).string(2, op)
  for (const input of inputs) message.string(3, input)
  for (const [key, value] of Object.entries(attributes)) message.entry(5, key, encodeAttribute(value))
  return message
}

function encodeAttribute(value: Attribute): Message {
  const message = new Message()
  if ('type' in value) return message.int(6, DTYPE[value.type])
  if ('int' in value) return message.int(3, value.int)
  if ('float' in value) return message.float(4, value.float)
  if ('bool' in value) return message.int(5, value.bool ? 1 : 0)
  if ('string' in value) return message.string(2, value.string)
  if ('shape' in value) return message.message(7, encodeShape(value.shape))
  if ('tensor' in value) return message.message(8, encodeTensor(value.tensor))
  if ('func' in value) return message.message(10, new Message().string(1, value.func))
  const list = new Message()
  if ('types' in value) for (const dtype of value.types) list.int(6, DTYPE[dtype])
  else if ('funcs' in value) for (const name of value.funcs) list.message(9, new Message().string(1, name))
  else if ('ints' in value) for (const item of value.ints) list.int(3, item)
  else for (const shape of value.shapes) list.message(7, encodeShape(shape))
  return message.message(1, list)
}

function encodeShape(shape: readonly number[]): Message {
  const message = new Message()
  for (const extent of shape) message.message(2, new Message().int(1, extent))
  return message
}

function encodeTensor({ dtype, shape, data }: TensorValue): Message {
  const message = new Message().int(1, DTYPE[dtype]).message(2, encodeShape(shape))
  const is_splat = data.length === 1 && shape.some((extent) => extent !== 1)
  if (!is_splat) return message.bytes(4, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const value = data[0] as number
  if (dtype === 'float32') return message.float(5, value)
  return message.int({ int32: 7, bool: 11, uint32: 16 }[dtype], value)
}
