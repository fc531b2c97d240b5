/**
 * Independence sampler: proposals that do not look at where the chain is.
 *
 *   x' = m + s ξ,   ξ ~ N(0, I),   log α = U(x) − U(x') + log q(x) − log q(x'),   q = N(m, s² I)
 *
 * Good where q covers the target, and none too well in many coordinates: with tails lighter than the
 * target's it sticks there. About as many proposals are accepted as q and the target overlap.
 * Shapes: x [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once } from '../../engine/rng/index.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { metropolisHastings } from './metropolis-hastings.ts'
import { REFERENCE, referenceOf } from './reference.ts'

const NAME = 'independence'

export const independence = defineSampler({
  name: NAME,
  summary: 'Independent proposals from a Gaussian, corrected by a Metropolis test.',
  config: z.strictObject(REFERENCE),
  example: 'sampler: { independence: { mean: 0, scale: 2 } }',
  reference: 'Tierney 1994, https://doi.org/10.1214/aos/1176325750',
  make: (gaussian) => metropolisHastings((key, before, { dim }) => {
    const { mean, scale, potential } = referenceOf(NAME, gaussian, dim)
    const x = tf.add<Tensor2D>(mean, tf.mul(scale, once(key, normal(key, before.shape))))
    return { x, log_ratio: tf.sub(potential(x), potential(before)) }
  }),
})
