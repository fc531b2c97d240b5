/** Thin matrix products compute what others compute, and are no products to XLA; a loop that makes long ones calls a library. */
import { describe, expect, test } from 'vitest'
import { loop, valueAndGrads } from '../../src/engine/index.ts'
import { record } from '../../src/engine/record.ts'
import { tf, type Scalar, type Tensor } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { compiled, difference, eagerly } from './both.ts'
import { floats } from './numbers.ts'

needs('tensorflow')

const CASES = [
  { name: 'X Yᵀ over 1', x: [40, 1], y: [30, 1], transposed: [false, true], is_thin: true },
  { name: 'X Yᵀ over 4', x: [40, 4], y: [30, 4], transposed: [false, true], is_thin: true },
  { name: 'X Yᵀ over 5', x: [40, 5], y: [30, 5], transposed: [false, true], is_thin: false },
  { name: 'Xᵀ Y of 1 column', x: [40, 30], y: [40, 1], transposed: [true, false], is_thin: true },
  { name: 'Xᵀ Y of 4 columns', x: [40, 30], y: [40, 4], transposed: [true, false], is_thin: true },
  { name: 'Xᵀ Y of 5 columns', x: [40, 30], y: [40, 5], transposed: [true, false], is_thin: false },
  { name: 'X Y', x: [40, 2], y: [2, 30], transposed: [false, false], is_thin: false },
  { name: 'several X Yᵀ', x: [3, 40, 2], y: [3, 30, 2], transposed: [false, true], is_thin: true },
  { name: 'several Xᵀ Y', x: [3, 40, 30], y: [3, 40, 2], transposed: [true, false], is_thin: true },
] as const

const gradients = (f: (ts: readonly Tensor[]) => Scalar, at: readonly Tensor[]): Tensor[] => valueAndGrads((ts: Tensor[]) => f(ts), [...at]).grads

describe.each(CASES)('$name', ({ x, y, transposed: [tx, ty], is_thin }) => {
  const product = ([a, b]: readonly Tensor[]): Tensor => tf.matMul(a as Tensor, b as Tensor, tx, ty)
  const inputs = [floats(x), floats(y, -1, 1, 1)]

  test('is what it is op by op, with its gradients and theirs', async () => {
    const loss = (ts: readonly Tensor[]): Scalar => tf.sum(tf.sin(product(ts)))
    const slope = (ts: readonly Tensor[]): Scalar => tf.sum(tf.square(tf.concat(gradients(loss, ts).map((t) => tf.reshape(t, [-1])))))
    const all = (ts: Tensor[]): unknown => [product(ts), gradients(loss, ts), gradients(slope, ts)]
    expect(difference(await compiled(all, inputs), await eagerly(all, inputs))).toBeLessThan(1e-5)
  })

  test(is_thin ? 'is no matrix product to XLA' : 'is a matrix product', () => {
    const { program } = record('a product', inputs, product as (inputs: unknown) => unknown)
    expect(program.functions.flatMap(({ nodes }) => nodes.map(({ op }) => op)).includes('BatchMatMulV2')).toBe(!is_thin)
  })
})

describe.each([
  { x: [64, 48], y: [48, 64], calls: false },
  { x: [64, 49], y: [49, 64], calls: true },
  { x: [2, 64], y: [64, 4], calls: false }, // too few multiplications to matter
  { x: [1, 256], y: [256, 64], calls: false }, // a row
])('a loop of products [$x] [$y]', ({ x, y, calls }) => {
  const steps = ([a, b]: readonly Tensor[]): Tensor => {
    const start = { b: b as Tensor, total: tf.zeros([x[0] as number, y[1] as number]) }
    return loop({ to: 5, state: start }, ({ b, total }) => ({ b: tf.mul(b, 1.1), total: tf.add(total, tf.matMul(a as Tensor, b)) })).total
  }
  const inputs = [floats(x), floats(y, -1, 1, 1)]

  test('is what it is op by op', async () => {
    expect(difference(await compiled(steps as (inputs: unknown) => unknown, inputs), await eagerly(steps as (inputs: unknown) => unknown, inputs))).toBeLessThan(1e-5)
  })

  test(calls ? 'calls' : 'does not call', () => {
    const { program } = record('a loop', inputs, steps as (inputs: unknown) => unknown)
    expect(program.functions.map(({ nodes }) => nodes.some(({ op }) => op === 'TopKV2'))).toEqual([false, calls, false])
  })
})
