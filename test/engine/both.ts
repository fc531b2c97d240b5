/** One function on the same inputs, compiled by XLA and op by op. */
import { compile, eagerExecutor, inlineExecutor, leaves, type HostArray } from '../../src/engine/index.ts'

/** A tree of host arrays from one call of `fn`. */
export type Run = <Out = unknown>(fn: (inputs: never) => unknown, inputs: unknown) => Promise<Out>

const inline = inlineExecutor()
const eager = eagerExecutor()

/** Recorded and compiled by XLA. */
export const compiled: Run = async (fn, inputs) => {
  const program = await compile('a test', inputs, fn as (inputs: unknown) => unknown, { executor: inline })
  try {
    return (await program.run([inputs]))[0] as never
  } finally {
    program.dispose()
  }
}

/** Run op by op by TensorFlow. */
export const eagerly: Run = async (fn, inputs) => {
  const program = await compile('a test', inputs, fn as (inputs: unknown) => unknown, { executor: eager })
  return (await program.run([inputs]))[0] as never
}

/** The largest difference between the leaves of two trees, over the largest value there (at least 1). NaN equals NaN, and infinities themselves. */
export function difference(a: unknown, b: unknown): number {
  const [as, bs] = [leaves<HostArray>(a), leaves<HostArray>(b)]
  if (as.length !== bs.length) return Infinity
  return Math.max(0, ...as.map((array, i) => arrayDifference(array, bs[i] as HostArray)))
}

function arrayDifference(a: HostArray, b: HostArray): number {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return Infinity
  let [largest, scale] = [0, 1]
  for (const [i, value] of a.data.entries()) {
    const other = b.data[i] as number
    if (Object.is(value, other) || value === other) continue
    if (!Number.isFinite(value) || !Number.isFinite(other)) return Infinity
    largest = Math.max(largest, Math.abs(value - other))
    scale = Math.max(scale, Math.abs(other))
  }
  return largest / scale
}
