/** Runs programs on the calling thread, which is blocked meanwhile. */
import type { HostArray } from '../array.ts'
import type { Program } from '../graph/program.ts'
import type { DeviceArray, Executable, Executor, Input, Layout, Want } from './contract.ts'
import { Session } from './session.ts'

export function inlineExecutor(): Executor {
  const session = new Session()
  return {
    kind: 'inline',
    async load(program: Program, layout: Layout): Promise<Executable> {
      const id = session.load(program, layout)
      return {
        program,
        async run(inputs: readonly (readonly Input[])[], want: readonly Want[]) {
          await breath()
          return session.run(id, inputs, want)
        },
        dispose: () => session.unload(id),
      }
    },
    read: async (arrays: readonly DeviceArray[]) => session.read(arrays),
    keep: async (arrays: readonly HostArray[]) => session.keep(arrays),
    release: (arrays: readonly DeviceArray[]) => session.release(arrays),
    close: async () => session.close(),
  }
}

/** Lets the event loop turn between two runs. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
