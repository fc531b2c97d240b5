/**
 * Denoising diffusion implicit models: long steps by way of the denoised state.
 *
 *   D = x + σ² s(x, σ),   x' = D + √(σ'² − τ²) (x − D)/σ + τ ξ,   τ = η σ' √(σ² − σ'²)/σ,   ξ ~ N(0, I)
 *
 * η = 0 draws nothing but the start: the probability-flow equation by Euler's method in σ. η = 1 is
 * ancestral sampling: exact where the data are one point. On data N(0, v I) variances follow
 * V' = ((v + σ √(σ'² − τ²))/(v + σ²))² V + τ².
 * Shapes: x, D [dim, chains].
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Scalar, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { gridFields, overGrid } from './noise-grid.ts'

const Config = z.strictObject({
  ...gridFields(20),
  eta: z.number().min(0).max(1).default(0).meta({ description: 'η: how much new noise a step draws, of what ancestral sampling draws.' }),
})

export const ddim = defineSampler({
  name: 'ddim',
  summary: 'Few, long steps by way of the denoised state, with as much new noise as wanted.',
  config: Config,
  example: 'sampler: { ddim: { steps: 20, eta: 0.5 } }',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2010.02502',
  make: ({ eta, ...grid }) => overGrid(grid, (key, x, target, { from, to }) => {
    const toNoise = tf.neg(tf.mul<Tensor2D>(from, target.score(x, from))) as Tensor2D // (x − D)/σ
    const denoised = tf.sub<Tensor2D>(x, tf.mul(from, toNoise))
    const fresh = tf.mul<Scalar>(tf.mul(eta, tf.div(to, from)), tf.sqrt(tf.sub(tf.square(from), tf.square(to))))
    const kept = tf.sqrt(tf.maximum(tf.sub(tf.square(to), tf.square(fresh)), 0))
    const moved = tf.add<Tensor2D>(denoised, tf.mul(kept, toNoise))
    return eta === 0 ? moved : tf.add(moved, tf.mul(fresh, normal(key, x.shape)))
  }),
})
