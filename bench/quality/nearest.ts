/**
 * The nearest of many points to each of some: whether what was generated is a copy of what was trained on.
 *
 * Found by matrix products, compiled: |a|² + |b|² − 2ab is off by some 1e-6 of the norms, which may confuse neighbours
 * as far as each other; the distance to the one found is computed from the points themselves.
 */
import { compile, float32, Spec, type DeviceArray, type Executor, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { squaredDistance } from '../../src/models/diagnostics/distances.ts'
import { checkPoints } from '../../src/models/diagnostics/points.ts'

/** Points of one and of the other set in a call. */
const [ROWS, OTHERS] = [500, 6000]

/** Euclidean distance of each point to the nearest of `others`. */
export async function nearestDistances(points: Points, others: Points, executor: Executor): Promise<Float64Array> {
  checkPoints(points, others)
  const { dim } = points
  const example = { a: new Spec('float32', [ROWS, dim]), b: new Spec('float32', [OTHERS, dim]) }
  const program = await compile('nearest', example, nearest, { executor })
  const best = Array.from({ length: points.count }, () => ({ squared: Infinity, index: 0 }))
  for (let j = 0; j < others.count; j += OTHERS) {
    const b = await executor.keep([block(others, j, OTHERS)])
    for (let i = 0; i < best.length; i += ROWS) {
      const [found] = await program.run<Record<'squared' | 'index', HostArray>>([{ a: block(points, i, ROWS), b: b[0] as DeviceArray }])
      best.slice(i, i + ROWS).forEach((least, row) => {
        const squared = found?.squared.data[row] as number
        if (squared >= least.squared) return
        least.squared = squared
        least.index = (j + (found?.index.data[row] as number)) % others.count
      })
    }
    executor.release(b)
  }
  program.dispose()
  return Float64Array.from(best, ({ index }, i) => Math.sqrt(squaredDistance(points, i, others, index)))
}

function nearest({ a, b }: { a: Tensor2D; b: Tensor2D }) {
  const squares = (t: Tensor2D): Tensor2D => tf.sum(tf.square(t), 1, true)
  const distances = tf.add(tf.sub(tf.transpose(squares(b)), tf.mul(2, tf.matMul(a, b, false, true))), squares(a))
  return { squared: tf.min(distances, 1), index: tf.argMin(distances, 1) }
}

/** `count` rows from row `from` on, beginning anew after the last. */
function block(points: Points, from: number, count: number): HostArray {
  const { values, dim } = points
  const rows = points.count
  const part = new Float32Array(count * dim)
  for (let i = 0; i < count; i++) {
    const row = (from + i) % rows
    part.set(values.subarray(row * dim, (row + 1) * dim), i * dim)
  }
  return float32([count, dim], part)
}
