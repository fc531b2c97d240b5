/**
 * A function made ready to run: recorded, compiled and loaded, or run eagerly where TensorFlow is missing.
 *
 * `run` takes and returns trees. It can run several *lanes* at once: the same function on different inputs.
 * What is loaded for it goes with it, by `dispose` or when nobody holds it any more.
 */
import { HostArray, type ArraySpec } from './array.ts'
import { dtypeOf } from './backend.ts'
import { binding } from './binding.ts'
import { isHost, type DeviceArray, type Executable, type Executor, type Input, type Want } from './executors/contract.ts'
import { record, recording, specsOf } from './record.ts'
import { tf, type Tensor } from './tf.ts'
import { leaves, mapTree, paths, rebuild } from './tree.ts'

export interface Compiled {
  /** One tree of host or kept arrays per lane; outputs come back in trees of the shape that the function returned. */
  run<Out>(lanes: readonly unknown[], want?: WantTree): Promise<Out[]>
  dispose(): void
}

/** What to do with outputs: one word for all, or for each top-level key. */
export type WantTree = Want | Readonly<Record<string, Want>>

export interface CompileOptions {
  readonly executor: Executor
  readonly lanes?: number
  /** The axis along which an output's lanes can be joined, by its path in the returned tree. */
  readonly join?: (path: string) => number | undefined
  /** False: TensorFlow runs it op by op, without XLA. */
  readonly is_compiled?: boolean
}

/** `example` is a tree of arrays or Specs with the shapes of the inputs of one lane. */
export async function compile<In>(name: string, example: unknown, fn: (inputs: In) => unknown, options: CompileOptions): Promise<Compiled> {
  const { executor, lanes = 1, join = () => undefined, is_compiled = true } = options
  if (executor.kind === 'eager') return eager(fn, options)
  const { program, like } = record<In>(name, example, fn, { is_compiled })
  const executable = await executor.load(program, { lanes, join: paths(like).map(join) })
  const held = { executable } // by the functions below, and by their calls while they run
  abandoned.register(held, executable, held)
  return {
    async run<Out>(inputs: readonly unknown[], want: WantTree = 'fetch') {
      const outputs = await held.executable.run(inputs.map((tree) => leaves<Input>(tree)), wants(like, want))
      return outputs.map((row) => rebuild<Out>(like, row))
    },
    dispose() {
      abandoned.unregister(held)
      held.executable.dispose()
    },
  }
}

/** Programs that nobody can run any more, as of an energy that is no longer used: each holds some 12 MB where programs run. */
const abandoned = new FinalizationRegistry<Executable>((executable) => executable.dispose())

/** The shapes of what a function returns, as a tree of Specs; nothing is compiled. */
export function returned<In>(name: string, example: unknown, fn: (inputs: In) => unknown, executor: Executor): unknown {
  if (executor.kind !== 'eager') return record<In>(name, example, fn).like
  return specsOf(() => fn(mapTree<unknown, ArraySpec, In>(({ dtype, shape }) => tf.zeros([...shape], dtype), example)))
}

/** Whether what is being recorded will be compiled for CPUs. */
export const isForCpus = (): boolean => recording()?.program.is_compiled === true && !binding().isUsingGpuDevice()

/** What a lane took and gave, as tensors. */
interface Lane {
  readonly like: unknown
  readonly tensors: Tensor[]
  readonly inputs: Tensor[]
}

function eager<In>(fn: (inputs: In) => unknown, { executor, join = () => undefined }: CompileOptions): Compiled {
  const toTensor = async (input: Input): Promise<Tensor> => {
    const { data, shape, dtype } = isHost(input) ? input : ((await executor.read([input]))[0] as HostArray)
    return tf.tensor(data, [...shape], dtype)
  }
  const toArray = async (t: Tensor, want: Want): Promise<HostArray | DeviceArray> => {
    const array = new HostArray(dtypeOf(t), t.shape, t.dataSync().slice() as never)
    return want !== 'keep' ? array : ((await executor.keep([array]))[0] as DeviceArray)
  }
  const runLane = async (tree: unknown): Promise<Lane> => {
    const inputs = await Promise.all(leaves<Input>(tree).map(toTensor))
    let like: unknown
    const tensors = tf.tidy(() => {
      like = fn(rebuild<In>(tree, inputs))
      return leaves<Tensor>(like)
    })
    return { like, tensors, inputs }
  }
  return {
    async run<Out>(lanes: readonly unknown[], want: WantTree = 'fetch') {
      const rows: Lane[] = []
      for (const tree of lanes) rows.push(await runLane(tree))
      const axes = paths(rows[0]?.like).map(join)
      const wanted = wants(rows[0]?.like, want)
      const joined = new Map(wanted.flatMap((w, i) => (w === 'join' ? [[i, tf.concat(rows.map((row) => row.tensors[i] as Tensor), axes[i])]] as const : [])))
      const outputs = await Promise.all(rows.map(async ({ like, tensors }) =>
        rebuild<Out>(like, await Promise.all(tensors.map((t, i) => toArray(joined.get(i) ?? t, wanted[i] as Want))))))
      tf.dispose([...rows.flatMap(({ tensors, inputs: taken }) => [...tensors, ...taken]), ...joined.values()]) // a function may return its inputs
      return outputs
    },
    dispose: () => undefined,
  }
}

function wants(like: unknown, want: WantTree): Want[] {
  if (typeof want === 'string') return leaves(like).map(() => want)
  return Object.keys(like as object).sort().flatMap((key) => leaves((like as Record<string, unknown>)[key]).map(() => want[key] ?? 'fetch'))
}
