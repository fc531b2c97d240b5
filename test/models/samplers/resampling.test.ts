/** Systematic resampling: copies by weight, never off by one, in order. */
import { expect, test } from 'vitest'
import { tf, type Scalar, type Tensor1D } from '../../../src/engine/tf.ts'
import { systematic } from '../../../src/models/samplers/resampling.ts'

/** Of which particle each is a copy. */
const copies = (u: number, weights: readonly number[]): number[] => Array.from(systematic(tf.scalar(u) as Scalar, tf.tensor1d([...weights]) as Tensor1D).dataSync())

/** By its definition: the first i with C_i above (j + u)/n. */
function exact(u: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((_, j) => {
    let [i, end] = [0, weights[0] as number]
    while (end < ((j + u) / weights.length) * total) end += weights[++i] as number
    return i
  })
}

const random = (n: number): number[] => Array.from({ length: n }, (_, i) => (Math.sin(12.9898 * (i + 1)) * 43758.5453 % 1) ** 2)

test.each([1, 2, 3, 7, 8, 9, 64, 100])('of %d particles it takes those whose share of the weights covers the points', (n) => {
  for (const u of [0.013, 0.5, 0.987]) expect(copies(u, random(n))).toEqual(exact(u, random(n)))
})

test('takes n w copies, rounded up or down', () => {
  const weights = random(50)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const taken = copies(0.3, weights)
  weights.forEach((weight, i) => {
    const wanted = (50 * weight) / total
    const count = taken.filter((of) => of === i).length
    expect([Math.floor(wanted), Math.ceil(wanted)]).toContain(count)
  })
})

test('leaves particles of one weight as they are, and takes none without weight', () => {
  expect(copies(0.5, [2, 2, 2, 2, 2])).toEqual([0, 1, 2, 3, 4])
  expect(copies(0.999, [0, 1, 0, 0])).toEqual([1, 1, 1, 1])
  expect(copies(0.001, [0, 0, 0, 1])).toEqual([3, 3, 3, 3])
})
