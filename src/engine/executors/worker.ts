/**
 * Runs programs on a worker thread, so that the event loop stays free.
 *
 * Requests are answered in the order they were posted. Results change hands without a copy; inputs
 * are copied, unless their memory is shared. A worker that dies fails every request with engine_worker_died.
 */
import { Worker } from 'node:worker_threads'
import { fail, HeatbathError, type Code } from '../../errors.ts'
import { HostArray } from '../array.ts'
import { setEnvironment } from '../environment.ts'
import type { Program } from '../graph/program.ts'
import { DeviceArray, isHost, type Executable, type Executor, type Input, type Layout, type Want } from './contract.ts'
import type { Reply, Request } from './worker-thread.ts'

/** The thread's program is plain JavaScript: Node 20 cannot load TypeScript. */
const THREAD = new URL(import.meta.url.includes('/src/') ? '../../../dist/engine/executors/worker-thread.js' : './worker-thread.js', import.meta.url)

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

export function workerExecutor(): Executor {
  setEnvironment()
  const worker = new Worker(THREAD)
  const pending = new Map<number, Pending>()
  let next = 0
  let death: HeatbathError | undefined

  const die = (reason: string, cause?: unknown): void => {
    death ??= fail('engine_worker_died', { reason }, cause)
    for (const { reject } of pending.values()) reject(death)
    pending.clear()
  }
  worker.on('message', (reply: Reply) => {
    const request = pending.get(reply.call)
    pending.delete(reply.call)
    if (pending.size === 0) worker.unref()
    if ('error' in reply) request?.reject(revive(reply.error))
    else request?.resolve(reply.value)
  })
  worker.on('error', (error) => die(error.message, error))
  worker.on('exit', (code) => die(`exit code ${code}`))
  worker.unref() // an idle worker keeps no process alive

  const post = <T>(request: DistributiveOmit<Request, 'call'>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (death !== undefined) return reject(death)
      worker.postMessage({ ...request, call: next })
      worker.ref()
      pending.set(next++, { resolve: resolve as (value: unknown) => void, reject })
    })

  // What is released is posted with the next request, or when the event loop turns: a stream that ends does not wait for it.
  let released: DeviceArray[] = []
  const postReleased = (): void => {
    if (released.length === 0) return
    post({ method: 'release', arrays: released }).catch(() => undefined)
    released = []
  }
  const call: typeof post = (request) => {
    postReleased()
    return post(request)
  }

  return {
    kind: 'worker',
    async load(program: Program, layout: Layout): Promise<Executable> {
      const id = await call<number>({ method: 'load', program, layout })
      return {
        program,
        async run(inputs: readonly (readonly Input[])[], want: readonly Want[]) {
          const outputs = await call<(HostArray | DeviceArray)[][]>({ method: 'run', id, inputs, want })
          return outputs.map((row) => row.map(restore))
        },
        dispose: () => void call({ method: 'unload', id }).catch(() => undefined),
      }
    },
    read: async (arrays) => (await call<HostArray[]>({ method: 'read', arrays })).map(restoreHost),
    keep: async (arrays) => (await call<DeviceArray[]>({ method: 'keep', arrays })).map(restoreDevice),
    release(arrays) {
      if (released.length === 0) setImmediate(postReleased)
      released.push(...arrays)
    },
    close: async () => void (await worker.terminate()),
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** Structured clones lose their class. */
const restore = (output: Input): Input => (isHost(output) ? restoreHost(output) : restoreDevice(output))
const restoreHost = ({ dtype, shape, data }: HostArray): HostArray => new HostArray(dtype, shape, data)
const restoreDevice = (output: DeviceArray): DeviceArray => new DeviceArray(output.id, output)

function revive({ code, details, message }: { code?: Code; details?: Record<string, unknown>; message: string }): Error {
  return code === undefined ? new Error(message) : new HeatbathError(code, details ?? {})
}
