/**
 * The loss of a batch as the mean of those of its two halves: every loss is a mean over rows.
 *
 * The library by which XLA multiplies matrices makes a product of up to some eight million multiplications on one processor,
 * and the next one waits for it. The halves wait for nothing of each other, so that two processors work at once. Each has a
 * gradient of its own, and adding them costs a pass over all weights: that is worth it where a weight meets many rows.
 */
import { isForCpus, leaves, type Key } from '../../engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D } from '../../engine/tf.ts'
import type { Loss } from './contract.ts'

/** Columns of a batch, [rows, ...]. */
export type Rows = Readonly<Record<string, Tensor>>

export type Lost = ReturnType<Loss['loss']>

/** Fewest multiplications of a batch with the largest matrix, and most numbers of that for each row. */
const [FEWEST_MULTIPLICATIONS, MOST_WEIGHTS] = [2 ** 22, 1024]

/** Whether two halves are faster than the whole: of nets made of matrices, on a CPU. */
export function paysInHalves({ x }: Rows, parameters: unknown): boolean {
  const rows = x?.shape[0] as number
  const largest = Math.max(...leaves<Tensor>(parameters).map(({ rank, size }) => (rank <= 2 ? size : Infinity)))
  return isForCpus() && rows % 2 === 0 && largest <= MOST_WEIGHTS * rows && largest * rows >= FEWEST_MULTIPLICATIONS
}

/** Each row draws what it draws in the whole. */
export function lossOfHalves(rows: Rows, key: Key, lossOf: (half: Rows, key: Key) => Lost): Lost {
  const [first, second] = [0, 1].map((i) => {
    const half = <T extends Tensor>(t: T): T => tf.split(t, 2)[i] as T
    return lossOf(Object.fromEntries(Object.entries(rows).map(([name, column]) => [name, half(column)])), { ...key, lanes: half<Tensor1D>(key.lanes) })
  }) as [Lost, Lost]
  const mean = (a: Scalar, b: Scalar): Scalar => tf.div(tf.add(a, b), 2)
  return {
    value: mean(first.value, second.value),
    info: Object.fromEntries(Object.entries(first.info).map(([name, value]) => [name, mean(value, second.info[name] as Scalar)])),
  }
}
