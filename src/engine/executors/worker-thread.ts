/** The thread of the worker executor: answers each request in turn. */
import { parentPort } from 'node:worker_threads'
import { HeatbathError } from '../../errors.ts'
import { HostArray } from '../array.ts'
import { binding } from '../binding.ts'
import type { Program } from '../graph/program.ts'
import { buffersOf, type DeviceArray, type Input, type Layout, type Want } from './contract.ts'
import { Session } from './session.ts'

export type Request = { readonly call: number } & (
  | { readonly method: 'load'; readonly program: Program; readonly layout: Layout }
  | { readonly method: 'run'; readonly id: number; readonly inputs: readonly (readonly Input[])[]; readonly want: readonly Want[] }
  | { readonly method: 'unload'; readonly id: number }
  | { readonly method: 'read' | 'release'; readonly arrays: readonly DeviceArray[] }
  | { readonly method: 'keep'; readonly arrays: readonly HostArray[] }
)

export type Reply = { readonly call: number } & (
  | { readonly value: unknown }
  | { readonly error: { readonly code?: HeatbathError['code']; readonly details?: Record<string, unknown>; readonly message: string } }
)

const session = new Session()
try {
  binding() // while nobody waits for it
} catch {
  // whoever asks for something is told
}

function answer(request: Request): unknown {
  switch (request.method) {
    case 'load': return session.load(request.program, request.layout)
    case 'run': return session.run(request.id, request.inputs, request.want)
    case 'unload': return session.unload(request.id)
    case 'read': return session.read(request.arrays)
    case 'release': return session.release(request.arrays)
    case 'keep': return session.keep(request.arrays)
  }
}

parentPort?.on('message', (request: Request) => {
  try {
    const value = answer(request)
    const arrays = Array.isArray(value) ? (value.flat() as (Input | undefined)[]) : []
    parentPort?.postMessage({ call: request.call, value } satisfies Reply, buffersOf(arrays.filter((a) => a !== undefined && typeof a === 'object')))
  } catch (error) {
    const { message } = error as Error
    const known = error instanceof HeatbathError ? { code: error.code, details: error.details } : {}
    parentPort?.postMessage({ call: request.call, error: { message, ...known } } satisfies Reply)
  }
})
