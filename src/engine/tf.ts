/**
 * The one place where tfjs is imported.
 *
 * `tf` loads at first use: the real TensorFlow through tfjs-node where it is set up, else tfjs's
 * own CPU backend, on which every function still runs eagerly. `backend()` says which.
 */
import { createRequire } from 'node:module'
import nodeUtil from 'node:util'
import type * as Tfjs from '@tensorflow/tfjs'
import { setEnvironment } from './environment.ts'

export type {
  DataId, DataType, NamedTensorMap, Rank, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorInfo,
} from '@tensorflow/tfjs'

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
  return (state ??= load())
}

function load(): Loaded {
  setEnvironment()
  const require = createRequire(import.meta.url)
  if (process.env.HEATBATH_BACKEND !== 'eager') {
    try {
      restoreNodeUtil()
      return { tf: require('@tensorflow/tfjs-node-gpu') as typeof Tfjs, kind: 'xla' }
    } catch (error) {
      return { tf: cpu(require), kind: 'eager', reason: (error as Error).message.split('\n')[0] ?? 'unknown' }
    }
  }
  return { tf: cpu(require), kind: 'eager', reason: 'HEATBATH_BACKEND=eager' }
}

function cpu(require: NodeJS.Require): typeof Tfjs {
  const tfjs = require('@tensorflow/tfjs') as typeof Tfjs
  tfjs.env().set('IS_TEST', true) // no advertisement for tfjs-node on stderr
  tfjs.setBackend('cpu')
  return tfjs
}

/** Node 23 removed two functions that tfjs-node 4.22 calls. */
function restoreNodeUtil(): void {
  const util = nodeUtil as unknown as Record<string, unknown>
  util.isNullOrUndefined ??= (value: unknown) => value == null
  util.isArray ??= Array.isArray
}
