/**
 * A program as the bytes of a TensorFlow SavedModel.
 *
 * The graph is a source of inputs, all of which are fed, and one call of the function that calls the program's main
 * function once per *lane* (lanes.ts).
 * Source: tensorflow/core/protobuf/saved_model.proto and the messages it uses.
 */
import { lanesCall, resultIndex, type Device, type Layout } from './lanes.ts'
import type { Attribute, FunctionCall, GraphFunction, Node, NodeDtype, Program, TensorValue } from './program.ts'
import { Message } from './protobuf.ts'

/** Those of the lanes, one lane after the other, then the captures. */
export const inputNames = ({ inputs, captures }: Program, { lanes }: Layout): string[] =>
  Array.from({ length: lanes * inputs.length + captures.length }, (_, i) => `inputs:${i}`)

export const outputName = (...which: Parameters<typeof resultIndex>): string => `outputs:${resultIndex(...which)}`

export function savedModel(program: Program, layout: Layout, device: Device): Uint8Array {
  const { op, attributes, before, functions, args } = lanesCall(program, layout, device)
  const source: Node = { name: 'inputs', op: 'Unstage', inputs: [], attributes: { dtypes: { types: args.map(({ dtype }) => dtype) } } }
  const nodes: readonly Node[] = [
    ...(args.length === 0 ? [] : [source]),
    ...before,
    { name: 'outputs', op, inputs: [...before.map(({ name }) => name), ...inputNames(program, layout)], attributes },
  ]
  const library = new Message()
  for (const f of functions) library.message(1, encodeFunction(f))
  const producer = new Message().int(1, 1994)
  const graph = new Message()
  for (const node of nodes) graph.message(1, encodeNode(node))
  graph.message(2, library).message(4, producer)
  const metaGraph = new Message().message(1, new Message().string(4, 'serve')).message(2, graph)
  return new Message().int(1, 1).message(2, metaGraph).finish()
}

const DTYPE: Readonly<Record<NodeDtype, number>> = { float32: 1, int32: 3, bool: 10, bfloat16: 14, uint32: 22 }

function encodeFunction(f: GraphFunction): Message {
  const signature = new Message().string(1, f.name)
  for (const { name, dtype } of f.args) signature.message(2, new Message().string(1, name).int(3, DTYPE[dtype]))
  for (const { name, dtype } of f.results) signature.message(3, new Message().string(1, name).int(3, DTYPE[dtype]))
  for (const name of f.parameters ?? []) signature.message(4, new Message().string(1, name).string(2, 'int'))
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
  if ('placeholder' in value) return message.string(9, value.placeholder)
  const list = new Message()
  if ('types' in value) for (const dtype of value.types) list.int(6, DTYPE[dtype])
  else if ('funcs' in value) for (const f of value.funcs) list.message(9, encodeCall(f))
  else if ('ints' in value) for (const item of value.ints) list.int(3, item)
  else for (const shape of value.shapes) list.message(7, encodeShape(shape))
  return message.message(1, list)
}

function encodeCall({ name, parameters }: FunctionCall): Message {
  const message = new Message().string(1, name)
  for (const [key, value] of Object.entries(parameters)) message.entry(2, key, encodeAttribute(value))
  return message
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
