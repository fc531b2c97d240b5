/**
 * Records a tfjs function as a TensorFlow program.
 *
 * Every tfjs kernel, and every gradient that tf.grad makes, reaches `executeSingleOutput` or
 * `executeMultipleOutputs` of the TensorFlow backend. While a recording is open those write nodes
 * instead of computing; the tensors they return are *abstract*: a shape and a dtype.
 *
 * What holds: a recorded function is pure. Tensors from outside become constants when they are
 * small or hold one value, else captures, fed at every call; a tf.Variable counts with the value
 * it has when the function is recorded. Math.random, reading a recorded value on the host and
 * assigning a variable are errors that name the program.
 */
import { fail } from '../errors.ts'
import { HostArray, sameShape, Spec, type ArraySpec, type Dtype } from './array.ts'
import { asAttributes, backend, dtypeOf, infoOf, type TfBackend, type TfInfo } from './backend.ts'
import { bfloat16Product, joinsBfloat16 } from './bfloat16.ts'
import { binding, dtypeNumber, type TfAttribute } from './binding.ts'
import { FunctionBuilder, isSplat } from './graph/builder.ts'
import { OPS } from './graph/ops.ts'
import type { GraphFunction, Program } from './graph/program.ts'
import { quickOp } from './graph/quick-ops.ts'
import { allowHostReadsOf, guardHostReads, zerosOf } from './host-reads.ts'
import { isLongProduct, productOf, thinProduct } from './products.ts'
import { outputSpec } from './shapes.ts'
import { tf, type DataId, type Tensor } from './tf.ts'
import { leaves, rebuild } from './tree.ts'

/** A function being recorded: the main one, or the body of a loop inside it. */
export interface Recording {
  readonly builder: FunctionBuilder
  readonly parent: Recording | undefined
  /** References of the values known in this function, by the tensor's data. */
  readonly refs: WeakMap<DataId, string>
  /** Values from outside that this function takes as arguments `c0`, `c1`, ... */
  readonly captures: Capture[]
  readonly program: OpenProgram
  /** Whether a product is made in it for which a loop must call (products.ts). */
  has_long_product: boolean
}

/** A value of the enclosing function, by its reference there; in the main function a host array. */
type Capture = ArraySpec & ({ readonly outer: string } | { readonly value: HostArray })

interface OpenProgram {
  readonly name: string
  readonly functions: GraphFunction[]
  readonly is_compiled: boolean
  /** Of products in bfloat16. */
  readonly factors: WeakSet<DataId>
  num_loops: number
}

export interface Recorded {
  readonly program: Program
  /** The tree that the function returned, with a Spec at each leaf. */
  readonly like: unknown
}

let current: Recording | undefined

/** The open recording, if any. */
export const recording = (): Recording | undefined => current

/** Runs `f` with `inner` as the open recording. */
export function within<T>(inner: Recording, f: () => T): T {
  const outer = current
  current = inner
  try {
    return f()
  } finally {
    current = outer
  }
}

export interface RecordOptions {
  /** False: TensorFlow is to run it op by op, without XLA. */
  readonly is_compiled?: boolean
}

/**
 * Records `fn` for inputs with the shapes and dtypes of `example`, a tree of tensors, arrays or Specs.
 */
export function record<In>(
  name: string,
  example: unknown,
  fn: (inputs: In) => unknown,
  { is_compiled = true }: RecordOptions = {},
): Recorded {
  install()
  if (current !== undefined) throw new TypeError(`${name} is recorded inside ${current.program.name}`)
  const inputs = leaves<ArraySpec>(example).map(({ dtype, shape }) => new Spec(dtype, [...shape]))
  const main = openRecording(undefined, { name, functions: [], is_compiled, factors: new WeakSet(), num_loops: 0 })
  const variables = new Map(Object.values(tf.engine().registeredVariables).map((v) => [v, v.dataId]))

  const like = hostRandomForbidden(name, () => within(main, () => {
    let out: unknown
    tf.tidy(() => {
      const args = inputs.map((spec, i) => argument(main, `x${i}`, spec))
      const returned = fn(rebuild<In>(example, args))
      const tensors = tensorsOf(returned, name)
      const results = tensors.map((t, i) => ({ name: `y${i}`, dtype: dtypeOf(t), ref: refOf(t, main) }))
      main.program.functions.unshift(main.builder.finish(results))
      out = rebuild(returned, tensors.map((t) => new Spec(dtypeOf(t), [...t.shape])))
    })
    return out
  }))

  for (const [variable, id] of variables) {
    if (variable.dataId !== id) throw fail('engine_variable_assigned', { name: variable.name, place: name })
  }
  const captures = main.captures.flatMap((capture) => ('value' in capture ? [capture.value] : []))
  return { program: { name, functions: main.program.functions, inputs, outputs: leaves<Spec>(like), captures, is_compiled }, like }
}

function tensorsOf(returned: unknown, place: string): Tensor[] {
  return leaves(returned).map((leaf) => {
    if (leaf instanceof tf.Tensor) return leaf
    throw new TypeError(`${place} returned ${leaf instanceof Promise ? 'a promise' : String(leaf)} where a tensor should be`)
  })
}

export function openRecording(parent: Recording | undefined, program: OpenProgram, name = 'main'): Recording {
  return { builder: new FunctionBuilder(name), parent, refs: new WeakMap(), captures: [], program, has_long_product: false }
}

/** A new argument of a recorded function, as an abstract tensor. */
export function argument(into: Recording, name: string, { dtype, shape }: ArraySpec): Tensor {
  return bind(into, into.builder.arg(name, dtype), { dtype, shape })
}

/** An abstract tensor that stands for a reference. */
export function bind(into: Recording, ref: string, { dtype, shape }: ArraySpec): Tensor {
  const tensor = abstractTensor(dtype, shape)
  into.refs.set(tensor.dataId, ref)
  return tensor
}

/** Recorded constants up to this size are nodes; larger ones are captures. */
const MAX_CONSTANT = 64

/** The reference of a tensor in a recorded function; constants and captures are made as needed. */
export function refOf(t: Tensor, into: Recording): string {
  const known = into.refs.get(t.dataId)
  if (known !== undefined) return known
  const ref = constantRef(t, into) ?? captureRef(t, into)
  into.refs.set(t.dataId, ref)
  return ref
}

function constantRef(t: Tensor, into: Recording): string | undefined {
  if (infoOf(t).is_recorded) return undefined
  const data = backend().readSync(t.dataId)
  return t.size <= MAX_CONSTANT || isSplat(data) ? into.builder.constant(dtypeOf(t), t.shape, data) : undefined
}

function captureRef(t: Tensor, into: Recording): string {
  const spec = { dtype: dtypeOf(t), shape: [...t.shape] }
  const name = `c${into.captures.length}`
  if (into.parent === undefined) {
    const value = new HostArray(spec.dtype, spec.shape, backend().readSync(t.dataId).slice() as never)
    const known = into.captures.findIndex((capture) => 'value' in capture && isSame(capture.value, value))
    if (known >= 0) return `c${known}`
    into.captures.push({ ...spec, value })
    return into.builder.arg(name, spec.dtype)
  }
  const outer = refOf(t, into.parent)
  const known = into.captures.findIndex((capture) => 'outer' in capture && capture.outer === outer)
  if (known >= 0) return `c${known}`
  into.captures.push({ ...spec, outer })
  return into.builder.arg(name, spec.dtype)
}

/** Captures of one value are one, as equal nodes are one node. */
const isSame = (a: HostArray, b: HostArray): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape) && Buffer.compare(bytesOf(a), bytesOf(b)) === 0

const bytesOf = ({ data }: HostArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/**
 * Runs `f` in the outermost recording that knows all of `inputs`: where a value that does not
 * change in a loop is best computed. Outside a recording it just runs.
 */
export function hoisted<T>(inputs: readonly Tensor[], f: () => T): T {
  let place = current
  while (place?.parent !== undefined) {
    const { parent } = place
    if (!inputs.every((t) => !infoOf(t).is_recorded || parent.refs.has(t.dataId))) break
    place = parent
  }
  return place === undefined ? f() : within(place, f)
}

/**
 * The shapes of what `f` returns, as a tree of Specs. In a recording `f` leaves no nodes behind.
 */
export function specsOf(f: () => unknown): unknown {
  const specs = (): unknown => {
    let found: unknown
    tf.tidy(() => {
      const tree = f()
      found = rebuild(tree, leaves<Tensor>(tree).map((t) => new Spec(dtypeOf(t), [...t.shape])))
    })
    return found
  }
  if (current === undefined) return specs()
  return within(openRecording(current, { ...current.program, functions: [], num_loops: 0 }, 'scratch'), specs)
}

function hostRandomForbidden<T>(place: string, f: () => T): T {
  const { random } = Math
  Math.random = () => {
    throw fail('engine_host_random', { place })
  }
  try {
    return f()
  } finally {
    Math.random = random
  }
}

// --- abstract tensors

function abstractTensor(dtype: Dtype, shape: readonly number[]): Tensor {
  const dataId: DataId = {}
  backend().tensorMap.set(dataId, { shape: [...shape], dtype: dtypeNumber(dtype), id: -1, values: null, refCount: 1, is_recorded: true })
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype })
}

/** Gives an abstract tensor zeros, for an op that must run to learn its output shapes. */
function makeConcrete(info: TfInfo): void {
  const b = binding()
  const shape = b.createTensor([info.shape.length], b.TF_INT32, Int32Array.from(info.shape))
  const value = b.createTensor([], info.dtype, zerosOf(info, []))
  const types = [
    { name: 'T', type: b.TF_ATTR_TYPE, value: info.dtype },
    { name: 'index_type', type: b.TF_ATTR_TYPE, value: b.TF_INT32 },
  ]
  info.id = (b.executeOp('Fill', types, [shape, value], 1)[0] as { id: number }).id
  b.deleteTensor(shape)
  b.deleteTensor(value)
}

// --- hooks

let is_installed = false

function install(): void {
  if (is_installed) return
  const b = backend()
  const execute = b.executeMultipleOutputs.bind(b)
  b.executeSingleOutput = (op, attributes, inputs) =>
    (current === undefined ? execute(op, attributes, inputs, 1) : recordOp(current, execute, op, attributes, inputs, 1))[0] as Tensor
  b.executeMultipleOutputs = (op, attributes, inputs, numOutputs) =>
    current === undefined ? execute(op, attributes, inputs, numOutputs) : recordOp(current, execute, op, attributes, inputs, numOutputs)
  guardHostReads(b, () => current?.program.name ?? 'a recorded function')
  allowHostReadsOf('GatherV2') // its kernel checks the indices; XLA clamps them at run time
  is_installed = true
}

function recordOp(into: Recording, execute: TfBackend['executeMultipleOutputs'], op: string, attributes: TfAttribute[], inputs: Tensor[], numOutputs: number): Tensor[] {
  if (!(op in OPS)) throw fail('engine_unknown_op', { op, place: into.program.name })
  if (op === 'BatchMatMulV2' && into.program.is_compiled) {
    const product = productOf(attributes, inputs)
    const thin = thinProduct(product)
    if (thin !== undefined) return [thin]
    into.has_long_product ||= isLongProduct(product)
    if (joinsBfloat16(product, into.program.factors)) return [bind(into, bfloat16Product(into.builder, inputs.map((t) => refOf(t, into)), product), outputSpec(op, attributes, inputs) as Spec)]
  }
  const spec = numOutputs === 1 ? outputSpec(op, attributes, inputs) : undefined
  const refs = inputs.map((t) => refOf(t, into))
  const complete = asAttributes(op, attributes, inputs)
  const node = into.program.is_compiled ? quickOp(into.builder, op, refs, complete) : into.builder.op(op, refs, complete)
  if (spec !== undefined) return [bind(into, node(), spec)]
  inputs.forEach((t) => {
    const info = infoOf(t)
    if (info.is_recorded && info.id < 0) makeConcrete(info)
  })
  const outputs = execute(op, attributes, inputs, numOutputs)
  outputs.forEach((t, i) => {
    infoOf(t).is_recorded = true
    into.refs.set(t.dataId, node(i))
  })
  return outputs
}
