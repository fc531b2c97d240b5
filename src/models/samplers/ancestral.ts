/**
 * Ancestral sampling: each coordinate of a sequence drawn given those before it.
 *
 *   x_l ~ softmax(logits_l(x_<l)/T)
 *
 * Every step draws anew, whatever was before; with T = 1 exactly from exp(−E). With T the temperature of each token its law is
 * exp(−E/T − Σ_l [LSE(logits_l/T) − LSE(logits_l)/T]): not Boltzmann's at T, unless that sum is the same for all sequences. For
 * Boltzmann's law at another temperature take gibbs, and `temperature` of sample.
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import type { Key } from '../../engine/rng/index.ts'
import type { Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler, discreteOf, observePotential } from './contract.ts'

const Config = z.strictObject({
  token_temperature: z.number().positive().default(1).meta({ description: 'T: what the logits of each coordinate are divided by; exact at 1 alone.' }),
})

export const ancestral = defineSampler({
  name: 'ancestral',
  summary: 'Draws the coordinates of an autoregressive model in turn: independent, exact draws in each step.',
  config: Config,
  example: 'sampler: { ancestral: { token_temperature: 1 } }',
  reference: 'Germain et al. 2015, https://arxiv.org/abs/1502.03509',
  make: ({ token_temperature }) => {
    const draw = (key: Key, shape: readonly [number, number], target: Target): Tensor2D => {
      const { ancestral: drawn } = discreteOf(target)
      if (drawn === undefined) throw new TypeError('the coordinates of the target cannot be drawn in turn')
      return drawn(key, shape, token_temperature)
    }
    return {
      needs: 'ancestral',
      domain: 'discrete',
      info: {},
      start: { draw, is_fixed: true },
      init: (x) => ({ x }),
      step: (key, { x }, target) => [{ x: draw(key, x.shape, target) }, {}],
      observe: observePotential,
    }
  },
})
