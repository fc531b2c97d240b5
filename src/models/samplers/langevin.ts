/**
 * Unadjusted Langevin algorithm.
 *
 *   x' = x + η s(x) + √(2η) ξ,   ξ ~ N(0, I),   s = −∇E/τ
 *
 * Euler-Maruyama of dx = −∇E/γ dt + √(2τ/γ) dw with η = τ dt/γ. Biased by O(η): on a Gaussian of
 * variance v its stationary variance is v/(1 − η/(2v)), and it is unstable for η ≥ 2v.
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler, observePosition } from './contract.ts'

const Config = z.strictObject({
  step_size: z.number().positive().meta({ description: 'η, in units of x².' }),
})

export const langevin = defineSampler({
  name: 'langevin',
  summary: 'Langevin dynamics without a Metropolis test.',
  config: Config,
  example: 'sampler: { langevin: { step_size: 0.01 } }',
  reference: 'Roberts & Tweedie 1996, https://doi.org/10.2307/3318418',
  make: ({ step_size }) => ({
    needs: 'score',
    info: {},
    init: (x) => ({ x }),
    step(key, { x }, target) {
      const drift = tf.add<Tensor2D>(x, tf.mul(step_size, target.score(x)))
      return [{ x: tf.add(drift, tf.mul(Math.sqrt(2 * step_size), normal(key, x.shape))) }, {}]
    },
    observe: observePosition,
  }),
})
