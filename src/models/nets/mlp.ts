/**
 * Multilayer perceptron on [x, c], and on the class where there are any.
 *
 *   h_0 = [x, c, class],   h_i = silu(h_(i−1) W_i + b_i),   f = h_L W + b
 */
import { z } from 'zod'
import type { HostArray } from '../../engine/index.ts'
import { tf } from '../../engine/tf.ts'
import { defineNet } from './contract.ts'
import { dense, initDense, silu, type Dense } from './layers.ts'

const Config = z.strictObject({
  width: z.int().positive().default(128).meta({ description: 'Units of each hidden layer.' }),
  layers: z.int().positive().default(2).meta({ description: 'Number of hidden layers.' }),
})

export const mlp = defineNet({
  name: 'mlp',
  summary: 'A multilayer perceptron with SiLU units; the noise level is one more input.',
  config: Config,
  example: 'net: { mlp: { width: 128, layers: 2 } }',
  reference: 'Elfwing, Uchibe & Doya 2017 (SiLU), https://arxiv.org/abs/1702.03118',
  make: ({ width, layers }) => ({
    knows_classes: true,
    init(inputs, outputs, draws, classes = 0): Record<'w' | 'b', HostArray>[] {
      const sizes = [inputs + 1 + classes, ...new Array<number>(layers).fill(width), outputs]
      return sizes.slice(1).map((size, i) => initDense(sizes[i] as number, size, draws))
    },
    apply(parameters: readonly Dense[], x, { noise, classes }) {
      let h = tf.concat2d([x, tf.expandDims(noise, 1), ...(classes === undefined ? [] : [classes])], 1)
      parameters.forEach((layer, i) => {
        h = dense(layer, h)
        if (i < parameters.length - 1) h = silu(h)
      })
      return h
    },
  }),
})
