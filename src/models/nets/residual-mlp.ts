/**
 * Residual MLP with a noise embedding that modulates every block.
 *
 *   e = silu(W [cos ωc, sin ωc] + V class),   h_0 = W x
 *   h_i = h_(i−1) + B silu(A (norm(h_(i−1)) ⊙ (1 + g_i(e)) + o_i(e))),   f = W norm(h_L)
 *
 * norm gives rows mean 0 and variance 1; [g_i, o_i] is a linear map of e. The second map of each
 * block and the last one start small, so that the net starts near a linear one.
 */
import { z } from 'zod'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import { defineNet } from './contract.ts'
import type { HostDraws } from './host-draws.ts'
import { dense, embedded, initClasses, initDense, normalizeRows, silu, type Dense, type Embedding } from './layers.ts'

const Config = z.strictObject({
  width: z.int().positive().default(256).meta({ description: 'Units of the residual stream and of each block.' }),
  blocks: z.int().positive().default(3).meta({ description: 'Number of residual blocks.' }),
  embedding: z.int().positive().multipleOf(2).default(128).meta({ description: 'Size of the noise embedding.' }),
})

export interface Block {
  readonly modulate: Dense
  readonly a: Dense
  readonly b: Dense
}

export interface ResidualParameters extends Embedding {
  readonly input: Dense
  readonly blocks: readonly Block[]
  readonly output: Dense
}

const SMALL = 0.1

export const residualMlp = defineNet({
  name: 'residual_mlp',
  summary: 'A residual MLP whose blocks are modulated by an embedding of the noise level.',
  config: Config,
  example: 'net: { residual_mlp: { width: 1024, blocks: 3 } }',
  reference: 'Perez et al. 2018 (modulation), https://arxiv.org/abs/1709.07871',
  make: ({ width, blocks, embedding }) => ({
    knows_classes: true,
    init: (inputs: number, outputs: number, draws: HostDraws, classes = 0) => ({
      embed: initDense(embedding, embedding, draws),
      input: initDense(inputs, width, draws),
      blocks: Array.from({ length: blocks }, () => ({
        modulate: initDense(embedding, 2 * width, draws, SMALL),
        a: initDense(width, width, draws),
        b: initDense(width, width, draws, SMALL),
      })),
      output: initDense(width, outputs, draws, SMALL),
      ...initClasses(classes, embedding, draws),
    }),
    apply(parameters: ResidualParameters, x, condition) {
      const e = embedded(parameters, embedding, condition)
      let h = dense(parameters.input, x)
      for (const { modulate, a, b } of parameters.blocks) {
        const [gain, offset] = tf.split(dense(modulate, e), 2, 1) as [Tensor2D, Tensor2D]
        const modulated = tf.add<Tensor2D>(tf.mul(normalizeRows(h), tf.add(1, gain)), offset)
        h = tf.add(h, dense(b, silu(dense(a, modulated))))
      }
      return dense(parameters.output, normalizeRows(h))
    },
  }),
})
