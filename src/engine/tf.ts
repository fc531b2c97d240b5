/**
 * The one place where tfjs is imported.
 *
 * `tf` loads at first use: the real TensorFlow through tfjs-node where it is set up, else tfjs's
 * own CPU backend, on which every function still runs eagerly. `backend()` says which.
 */
import { createRequire } from 'node:module'
import type * as Tfjs from '@tensorflow/tfjs'
import { load as loadTfjsNode } from '../setup/load.mjs'
import { reasonOf, tensorFlow } from './binding.ts'
import { repairDerivatives } from './derivatives.ts'
import { setEnvironment } from './environment.ts'

export type {
  DataId, DataType, LayersModel, NamedTensorMap, Rank, Scalar, SymbolicTensor, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorInfo,
} from '@tensorflow/tfjs'
export type Layer = Tfjs.layers.Layer
export type LayerVariable = Layer['weights'][number]

/** tfjs, loaded when a property is first read. */
export const tf: typeof Tfjs = new Proxy({} as typeof Tfjs, {
  get: (_, name) => Reflect.get(loaded().tf, name),
  has: (_, name) => Reflect.has(loaded().tf, name),
})

export interface Loaded {
  readonly tf: typeof Tfjs
  /** `xla`: recorded functions are compiled. `eager`: TensorFlow is not set up, functions run op by op. */
  readonly kind: 'xla' | 'eager'
  /** Why the kind is `eager`. */
  readonly reason?: string
}

let state: Loaded | undefined

/** Loads tfjs once and says what was found. */
export function loaded(): Loaded {
  if (state === undefined) {
    state = load()
    repairDerivatives()
  }
  return state
}

function load(): Loaded {
  setEnvironment()
  const tfjs = createRequire(import.meta.url)('@tensorflow/tfjs') as typeof Tfjs
  const where = tensorFlow()
  if ('reason' in where) return eager(tfjs, where.reason)
  try {
    return { tf: loadTfjsNode(where.folder, tfjs), kind: 'xla' }
  } catch (error) {
    return eager(tfjs, reasonOf(error))
  }
}

function eager(tfjs: typeof Tfjs, reason: string): Loaded {
  tfjs.env().set('PROD', true) // no advertisement for tfjs-node on stderr
  tfjs.setBackend('cpu')
  return { tf: tfjs, kind: 'eager', reason }
}
