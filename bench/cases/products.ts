/**
 * The limit of the training cases: the matrix products of their steps, and one addition to each weight.
 *
 *   Y = X W,   dW = Xᵀ dY,   dX = dY Wᵀ (not of the first layer), of each layer of the net
 */
import { compile, defaultExecutor, float32, loop, type Compiled, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor } from '../../src/engine/tf.ts'
import { expect, type Case } from '../case.ts'
import { mlps } from './train.ts'

interface State {
  readonly weights: Tensor[]
}

export const productCases: Case[] = mlps.map(({ name, dim, width, layers, batch, updates, repeats }) => {
  const sizes = [dim + 1, ...new Array<number>(layers).fill(width), dim]
  const weights = sizes.slice(1).map((size, i) => random(sizes[i] as number, size))
  const rows = random(batch, dim + 1)
  let step: Compiled | undefined
  let after: HostArray[] = []
  return {
    name: `products/dsm/${name}/batch${batch}`,
    units: updates * batch,
    repeats,
    async call() {
      step ??= await compile('products', { weights, rows }, (inputs: { weights: Tensor[]; rows: Tensor }) =>
        loop<State>({ to: updates, state: { weights: inputs.weights } }, (state) => ({ weights: products(state.weights, inputs.rows) })), { executor: defaultExecutor() })
      after = (await step.run<{ weights: HostArray[] }>([{ weights, rows }]))[0]?.weights ?? []
    },
    check() {
      expect('weights', after.length, layers + 1, layers + 1)
      expect('a weight', Math.abs(after[0]?.data[0] as number), 0, 10)
    },
  }
})

/** The weights after a step of a net without activations. */
function products(weights: readonly Tensor[], rows: Tensor): Tensor[] {
  const inputs = [rows]
  for (const weight of weights) inputs.push(tf.matMul(inputs.at(-1) as Tensor, weight))
  let slope = inputs.pop() as Tensor
  const after: Tensor[] = []
  for (const [i, weight] of [...weights.entries()].reverse()) {
    after.unshift(tf.add(weight, tf.mul(1e-6, tf.matMul(inputs[i] as Tensor, slope, true, false))))
    if (i > 0) slope = tf.matMul(slope, weight, false, true)
  }
  return after
}

/** Numbers of the size that keeps products at 1. */
function random(rows: number, columns: number): HostArray {
  return float32([rows, columns], Float32Array.from({ length: rows * columns }, () => (Math.random() - 0.5) * Math.sqrt(12 / rows)))
}
