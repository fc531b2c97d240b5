/** A chain of kernels as one compiled function of several batches. */
import { compile, keyAt, leaves, loop, paths, rebuild, readRow, Spec, specsOf, tf, writeRow, type Compiled, type Executor } from '../../../engine/index.ts'
import { Memo } from '../../../engine/memo.ts'
import type { Scalar, Tensor, Tensor1D } from '../../../engine/tf.ts'
import type { WordPair } from '../../../engine/index.ts'
import type { ModelState } from '../../model.ts'
import type { Context, Kernel, Values } from './kernel.ts'

export interface ChainInputs {
  readonly state: ModelState
  /** Columns of the batches, [capacity, rows] or [capacity, rows, size]. */
  readonly columns: Readonly<Record<string, Tensor>>
  /** One pair per kernel. */
  readonly words: readonly WordPair[]
  /** Number of the first batch. */
  readonly first: Scalar
  /** How many batches there are. */
  readonly count: Scalar
}

export interface ChainShape {
  readonly rows: number
  /** Batches that fit into a call. */
  readonly capacity: number
}

const memo = new Memo<Promise<Chain>>()
const NO_MODEL = {}

/** `example` holds arrays or Specs of the shapes of the inputs. */
export interface Chain {
  readonly compiled: Compiled
  /** Of the last call; what the next one takes follows from it. */
  ms_per_batch?: number
}

/** `reports` are values that the chain passes on besides what its last kernel gives. */
export function compileChain(kernels: readonly Kernel[], reports: readonly string[], identity: object | undefined, example: unknown, shape: ChainShape, executor: Executor): Promise<Chain> {
  const shapes = leaves<Spec>(example).map(({ dtype, shape: extents }) => [dtype, ...extents])
  const text = JSON.stringify([kernels.map((kernel) => kernel.text), reports, paths(example), shape, shapes])
  const name = kernels.map((kernel) => kernel.name).join(' → ')
  return memo.get([executor, identity ?? NO_MODEL], text, async () =>
    ({ compiled: await compile(name, example, (inputs: ChainInputs) => runChain(kernels, reports, shape, inputs), { executor }) }))
}

function runChain(kernels: readonly Kernel[], reports: readonly string[], { rows, capacity }: ChainShape, { state, columns, words, first, count }: ChainInputs) {
  const lanes = tf.range(0, rows, 1, 'int32') as Tensor1D
  const one = (now: ModelState, index: Scalar): { state: ModelState; values: Values } => {
    const step = tf.add<Scalar>(first, index)
    let values: Values = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, readRow(column, index)]))
    let after = now
    kernels.forEach((kernel, i) => {
      const context: Context = { key: keyAt(words[i] as WordPair, lanes, step), step, rows }
      const made = kernel.step(context, after, values)
      after = made.state
      values = { ...values, ...made.values }
    })
    const last = kernels.at(-1) as Kernel
    return { state: after, values: Object.fromEntries([...last.gives, ...reports].map((name) => [name, values[name]])) }
  }
  const specs = specsOf(() => one(state, tf.scalar(0, 'int32')).values)
  const empty = rebuild<Values>(specs, leaves<Spec>(specs).map(({ dtype, shape }) => tf.zeros([capacity, ...shape], dtype)))
  const end = loop({ to: count, state: { state, buffers: empty } }, (now, index) => {
    const made = one(now.state, index)
    const next = leaves<Tensor>(made.values)
    const buffers = leaves<Tensor>(now.buffers).map((buffer, i) => writeRow(buffer, next[i] as Tensor, index))
    return { state: made.state, buffers: rebuild<Values>(now.buffers, buffers) }
  })
  return kernels.some((kernel) => kernel.updates) ? { state: end.state, values: end.buffers } : { values: end.buffers }
}
