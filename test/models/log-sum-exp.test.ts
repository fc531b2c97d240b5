/** log Σ exp with the largest value as a constant: the same value and the same derivatives as with it as a function. */
import { expect, test } from 'vitest'
import { valueAndGrads } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor } from '../../src/engine/tf.ts'
import { logSumExp } from '../../src/models/log-sum-exp.ts'
import { compiled, difference, eagerly } from '../engine/both.ts'
import { floats } from '../engine/numbers.ts'
import { needs } from '../needs.ts'

needs('tensorflow')

type Sum = (x: Tensor) => Tensor

/** The value, the gradient of a function of it, and that of a function of the gradient. */
const derivatives = (sum: Sum) => ([x]: Tensor[]): unknown => {
  const first = (t: Tensor): Scalar => tf.sum(tf.sin(sum(t)))
  const gradient = (t: Tensor): Tensor => valueAndGrads(([u]: Tensor[]) => first(u as Tensor), [t]).grads[0] as Tensor
  const second = (t: Tensor): Scalar => tf.sum(tf.square(gradient(t)))
  return [sum(x as Tensor), gradient(x as Tensor), valueAndGrads(([u]: Tensor[]) => second(u as Tensor), [x as Tensor]).grads]
}

test.each([[[5, 7]], [[1, 7]], [[3, 2, 4]]])('of %o', async (shape) => {
  const x = [floats(shape, -30, 30)]
  const theirs = await eagerly(derivatives((t) => tf.logSumExp(t, 0)), x)
  expect(difference(await eagerly(derivatives(logSumExp), x), theirs)).toBeLessThan(1e-5)
  expect(difference(await compiled(derivatives(logSumExp), x), theirs)).toBeLessThan(1e-5)
})

test('of values beyond the exponential', async () => {
  const [sum] = await compiled<{ readonly data: Float32Array }[]>(([x]: Tensor[]) => [logSumExp(x as Tensor)], [floats([1, 3], 1000, 1001)])
  expect(Array.from(sum?.data ?? []).every((value) => value >= 1000 && value <= 1001)).toBe(true)
})
