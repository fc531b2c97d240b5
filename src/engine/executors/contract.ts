/**
 * Where compiled programs run.
 *
 * A program is loaded once and run many times, over one or more *lanes* at the same time. What goes
 * in is host arrays, or arrays that an earlier run left on the executor; the caller says for each
 * output whether it wants its values (`fetch`), those of all lanes in one array (`join`), or leaves
 * it there (`keep`). Runs happen in the order of their calls.
 *
 * Ownership: a kept array lives until it is released. Running a program does not consume it.
 */
import type { ArraySpec, Dtype, HostArray } from '../array.ts'
import type { Program } from '../graph/program.ts'
import type { Layout } from '../graph/lanes.ts'

export type { Layout }

/** An array that lives where the programs run. */
export class DeviceArray implements ArraySpec {
  readonly id: number
  readonly dtype: Dtype
  readonly shape: readonly number[]

  constructor(id: number, { dtype, shape }: ArraySpec) {
    this.id = id
    this.dtype = dtype
    this.shape = shape
  }
}

export type Input = HostArray | DeviceArray

export type Want = 'fetch' | 'join' | 'keep'

export interface Executor {
  /**
   * `inline`: on this thread, blocking it while a program runs. `worker`: on a thread of its own.
   * `eager`: no programs, functions run op by op on this thread.
   */
  readonly kind: 'inline' | 'worker' | 'eager'
  load(program: Program, layout: Layout): Promise<Executable>
  /** The values of kept arrays, in order. */
  read(arrays: readonly DeviceArray[]): Promise<HostArray[]>
  /** Puts host arrays where the programs run. */
  keep(arrays: readonly HostArray[]): Promise<DeviceArray[]>
  /** Lets go of kept arrays. Doing it twice is harmless. */
  release(arrays: readonly DeviceArray[]): void
  close(): Promise<void>
}

export interface Executable {
  readonly program: Program
  /**
   * Runs the program once per lane. `inputs` holds one row per lane, in the order of
   * `program.inputs`; the result holds one row per lane, in the order of `program.outputs`.
   * A joined output stands in every row.
   * Inputs are read until it resolves.
   */
  run(inputs: readonly (readonly Input[])[], want: readonly Want[]): Promise<(HostArray | DeviceArray)[][]>
  dispose(): void
}

export const isHost = (value: Input): value is HostArray => 'data' in value

/** The buffers of host arrays that fill theirs: those may change hands. */
export function buffersOf(arrays: readonly Input[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const array of arrays) {
    if (isHost(array) && array.data.buffer instanceof ArrayBuffer && array.data.byteLength === array.data.buffer.byteLength) buffers.add(array.data.buffer)
  }
  return [...buffers]
}
