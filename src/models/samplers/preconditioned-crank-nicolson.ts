/**
 * Preconditioned Crank-Nicolson, for targets that are a Gaussian times something.
 *
 *   x' = m + √(1 − b²) (x − m) + b s ξ,   ξ ~ N(0, I)
 *   log α = Φ(x) − Φ(x'),   Φ(x) = U(x) − |x − m|²/(2s²)
 *
 * The proposal leaves the reference N(m, s² I) as it is, so only the rest Φ is tested: where the
 * reference is the prior, as many proposals are accepted in a thousand coordinates as in one.
 * A step size above 1, as an adaptation may try, is 1: independent draws of the reference.
 * Shapes: x [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { normal, once } from '../../engine/rng/index.ts'
import { tf, type Tensor, type Tensor2D } from '../../engine/tf.ts'
import { defineSampler } from './contract.ts'
import { metropolisHastings } from './metropolis-hastings.ts'
import { REFERENCE, referenceOf } from './reference.ts'

const NAME = 'preconditioned_crank_nicolson'

const Config = z.strictObject({
  ...REFERENCE,
  step_size: z.number().positive().max(1).default(0.2).meta({ description: 'b: the part of the reference that is drawn anew; where adaptation begins, if there is one.' }),
})

export const preconditionedCrankNicolson = defineSampler({
  name: NAME,
  summary: 'Steps that leave a Gaussian reference as it is, corrected for what the target is beyond it.',
  config: Config,
  example: 'sampler: { preconditioned_crank_nicolson: { scale: 2, step_size: 0.2 } }',
  reference: 'Cotter et al. 2013, https://doi.org/10.1214/13-STS421',
  make: ({ step_size: begin, ...gaussian }) => ({
    ...metropolisHastings((key, before, { dim }, { step_size }) => {
      const { mean, scale, potential } = referenceOf(NAME, gaussian, dim)
      const b = tf.minimum<Tensor>(step_size, 1)
      const kept = tf.mul<Tensor2D>(tf.sqrt(tf.sub(1, tf.square(b))), tf.sub(before, mean))
      const x = tf.add<Tensor2D>(mean, tf.add(kept, tf.mul(tf.mul(b, scale), once(key, normal(key, before.shape)))))
      return { x, log_ratio: tf.sub(potential(x), potential(before)) } // reversible under the reference
    }),
    tunes: ['step_size'],
    tuning: () => ({ step_size: tf.scalar(begin) }),
  }),
})
