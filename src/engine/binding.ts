/**
 * TensorFlow itself: tfjs-node's native addon, typed. It loads without tfjs, of which who only runs programs has no need.
 */
import { loadAddon } from '../setup/load.mjs'
import { locate } from '../setup/locate.mjs'
import { fail } from '../errors.ts'
import type { Dtype } from './array.ts'
import { setEnvironment } from './environment.ts'

/** An attribute as tfjs kernels pass it. */
export interface TfAttribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** What of it this engine uses, and what tests count. */
export interface Binding {
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_BOOL: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_SHAPE: number
  readonly TF_Version?: string
  createTensor(shape: readonly number[], dtype: number, values: ArrayBufferView): number
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  deleteTensor(id: number): void
  loadSavedModel(folder: string, tags: string): number
  /** Names of inputs and outputs are joined by commas. */
  runSavedModel(model: number, ids: readonly number[], inputs: string, outputs: string): TfTensor[]
  deleteSavedModel(model: number): void
  isUsingGpuDevice(): boolean
  getNumOfTensors(): number
  getNumOfSavedModels(): number
  executeOp(name: string, attributes: readonly TfAttribute[], ids: readonly number[], numOutputs: number): { id: number }[]
}

/** A tensor that TensorFlow made. */
export interface TfTensor {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

let known: Binding | undefined

/** TensorFlow, loaded at first use. Throws engine_unavailable where it is not set up. */
export const binding = (): Binding => (known ??= load())

function load(): Binding {
  setEnvironment()
  const where = tensorFlow()
  if ('reason' in where) throw fail('engine_unavailable', where)
  try {
    return loadAddon(where.folder) as Binding
  } catch (error) {
    throw fail('engine_unavailable', { reason: reasonOf(error) }, error)
  }
}

/** tfjs-node's folder, or why TensorFlow is not used. */
export function tensorFlow(): { readonly folder: string } | { readonly reason: string } {
  if (process.env.HEATBATH_BACKEND === 'eager') return { reason: 'HEATBATH_BACKEND is eager' }
  const folder = locate()
  return folder === null ? { reason: 'it is not in the cache folder' } : { folder }
}

/** Why it does not load. */
export const reasonOf = (error: unknown): string => (error as Error).message.split('\n')[0] ?? 'it does not load'

/** TensorFlow's number of a dtype. */
export function dtypeNumber(dtype: Dtype): number {
  const { TF_FLOAT, TF_INT32, TF_BOOL } = binding()
  return { float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL }[dtype]
}

/** The dtype that has this number in TensorFlow, if it is one of ours. */
export const dtypeOfNumber = (value: number): Dtype | undefined => DTYPES.find((dtype) => dtypeNumber(dtype) === value)

const DTYPES = ['float32', 'int32', 'bool'] as const
