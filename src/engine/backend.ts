/**
 * What this engine uses of tfjs-node's backend, typed; and the hooks by which recording sees every op.
 */
import { fail } from '../errors.ts'
import type { Dtype } from './array.ts'
import { binding, dtypeOfNumber, type TfAttribute } from './binding.ts'
import { OPS } from './graph/ops.ts'
import type { Attribute, GraphDtype } from './graph/program.ts'
import { loaded, type DataId, type Tensor, type TensorInfo } from './tf.ts'

/** What the backend knows of a tensor's data: not yet uploaded (`values`), or a TensorFlow handle (`id`). */
export interface TfInfo {
  readonly shape: number[]
  readonly dtype: number
  id: number
  values: ArrayLike<number> | null
  refCount: number
  /** A value of a recording: it has no data (`id` is -1), or zeros. */
  is_recorded?: true
}

export interface TfBackend {
  readonly tensorMap: { get(id: DataId): TfInfo; set(id: DataId, info: TfInfo): void; has(id: DataId): boolean }
  executeSingleOutput(name: string, attributes: TfAttribute[], inputs: Tensor[]): Tensor
  executeMultipleOutputs(name: string, attributes: TfAttribute[], inputs: Tensor[], numOutputs: number): Tensor[]
  readSync(id: DataId): Float32Array | Int32Array | Uint8Array
}

/** tfjs-node's backend. Throws engine_unavailable where TensorFlow is not set up. */
export function backend(): TfBackend {
  const { tf, kind, reason } = loaded()
  if (kind === 'eager') throw fail('engine_unavailable', { reason })
  return tf.backend() as unknown as TfBackend
}

export const infoOf = (t: TensorInfo): TfInfo => backend().tensorMap.get(t.dataId)

export function dtypeOf(t: TensorInfo): Dtype {
  if (t.dtype === 'float32' || t.dtype === 'int32' || t.dtype === 'bool') return t.dtype
  throw new TypeError(`${t.dtype} tensors cannot be recorded`)
}

/** The attributes of an op call, with those that eager mode infers from its inputs. */
export function asAttributes(op: string, attributes: readonly TfAttribute[], inputs: readonly Tensor[]): Record<string, Attribute> {
  const result: Record<string, Attribute> = {}
  for (const attribute of attributes) result[attribute.name] = asAttribute(op, attribute)
  for (const [index, name] of OPS[op]?.inferred ?? []) {
    const input = inputs[index]
    if (!(name in result) && input !== undefined) result[name] = { type: dtypeOf(input) }
  }
  return result
}

function asAttribute(op: string, { name, type, value }: TfAttribute): Attribute {
  const b = binding()
  switch (type) {
    case b.TF_ATTR_TYPE: return { type: dtypeName(value as number) }
    case b.TF_ATTR_INT: return Array.isArray(value) ? { ints: value as number[] } : { int: value as number }
    case b.TF_ATTR_FLOAT: return { float: value as number }
    case b.TF_ATTR_BOOL: return { bool: value as boolean }
    case b.TF_ATTR_STRING: return { string: value as string }
    case b.TF_ATTR_SHAPE: return { shape: value as number[] }
    default: throw new TypeError(`attribute ${name} of ${op} has the unknown type ${type}`)
  }
}

function dtypeName(value: number): GraphDtype {
  const name = dtypeOfNumber(value)
  if (name === undefined) throw new TypeError(`TensorFlow dtype ${value} cannot be recorded`)
  return name
}
