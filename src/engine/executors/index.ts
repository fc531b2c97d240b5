import { tensorFlow } from '../binding.ts'
import { loaded } from '../tf.ts'
import type { Executor } from './contract.ts'
import { eagerExecutor } from './eager.ts'
import { workerExecutor } from './worker.ts'

export { DeviceArray, isHost, type Executable, type Executor, type Input, type Want } from './contract.ts'
export { eagerExecutor } from './eager.ts'
export { inlineExecutor } from './inline.ts'
export { workerExecutor } from './worker.ts'

let shared: Executor | undefined
let early: Executor | undefined

/** The executor of this process that operators use unless given another: a worker, or eager without TensorFlow. */
export const defaultExecutor = (): Executor => (shared ??= chosen())

/** Starts the worker of the default executor, in which TensorFlow loads, for who has more to load before he computes. */
export function startEarly(): void {
  if (!('reason' in tensorFlow())) early ??= workerExecutor()
}

function chosen(): Executor {
  if ('reason' in tensorFlow()) return eagerExecutor()
  const worker = early ?? workerExecutor() // loads TensorFlow while this thread does
  if (loaded().kind === 'xla') return worker
  void worker.close()
  return eagerExecutor()
}
