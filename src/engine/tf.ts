/**
 * The one place where tfjs is imported.
 *
 * `tf` loads at first use: the real TensorFlow through tfjs-node where it is set up, else tfjs's
 * own CPU backend, on which every function still runs eagerly. `backend()` says which.
 */
import { createRequire } from 'node:module'
import type * as Tfjs from '@tensorflow/tfjs'
import { load as loadTfjsNode } from '../setup/load.mjs'
import { locate } from '../setup/locate.mjs'
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
  if (process.env.HEATBATH_BACKEND === 'eager') return eager(tfjs, 'HEATBATH_BACKEND is eager')
  const folder = locate()
  if (folder === null) return eager(tfjs, 'it is not in the cache folder')
  try {
    return { tf: loadTfjsNode(folder, tfjs), kind: 'xla' }
  } catch (error) {
    return eager(tfjs, (error as Error).message.split('\n')[0] ?? 'it does not load')
  }
}

function eager(tfjs: typeof Tfjs, reason: string): Loaded {
  tfjs.env().set('PROD', true) // no advertisement for tfjs-node on stderr
  tfjs.setBackend('cpu')
  return { tf: tfjs, kind: 'eager', reason }
}
