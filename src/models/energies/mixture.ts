/**
 * A mixture of Boltzmann factors: densities added up.
 *
 *   E(x) = −log Σ_k w_k exp(−E_k(x))
 *
 * Component k has the mass w_k Z_k: where the Z_k are known, weights of w/Z_k make masses of w.
 * All are of the same dimension, and of real numbers or of the same discrete values; variables are those of the first.
 * A coordinate goes from the lowest to the highest point of any; E_k = ∞ outside of its own support.
 * Errors: config_invalid for energies that do not fit together.
 */
import { z } from 'zod'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { logSumExp } from '../log-sum-exp.ts'
import { isSameSupport, isWithin, pointWithin, type Support } from '../support.ts'
import { defineEnergy, type Energy } from './contract.ts'
import { joined, union, type Joined } from './joined.ts'

const Config = z.strictObject({
  weights: z.array(z.number().positive()).optional().meta({ description: 'w: one for each energy; 1 unless given.' }),
})

export const mixture = defineEnergy({
  name: 'mixture',
  summary: 'A mixture of the Boltzmann factors of energies.',
  config: Config,
  parts: [{ kind: 'energy', field: 'of', is_list: true, description: 'The energies that are mixed.' }],
  example: 'energy: { mixture: { of: [{ gaussian: { mean: -3 } }, { gaussian: { mean: 3 } }], weights: [1, 2] } }',
  reference: 'McLachlan & Peel 2000, Finite Mixture Models, https://doi.org/10.1002/0471721182',
  make({ weights }, { of }: Joined): Energy {
    const common = joined('mixture', of, weights, union)
    const { dim, support = {} } = common
    const isBeyond = of.some((energy) => !isSameSupport(energy.support ?? {}, support, dim))
    return {
      ...common,
      energy(x) {
        const terms = tf.stack(of.map((energy, k) => tf.add(Math.log(weights?.[k] ?? 1), logFactor(energy, support, x))))
        if (!isBeyond) return tf.neg(logSumExp(terms))
        const isSomewhere = tf.greater(tf.max(terms, 0), -Infinity) // a gap between supports has no mass
        return tf.where(isSomewhere, tf.neg(logSumExp(tf.where(isSomewhere, terms, 0))), Infinity) as Tensor1D
      },
    }
  },
})

/** −E_k of x within the support of all, [chains]: evaluated within its own alone, so that gradients are finite outside. */
function logFactor({ dim, support = {}, energy }: Energy, ofAll: Support, x: Tensor2D): Tensor1D {
  if (isSameSupport(support, ofAll, dim)) return tf.neg(energy(x))
  const isOwn = isWithin(support, x)
  return tf.where(isOwn, tf.neg(energy(tf.where(isOwn, x, pointWithin(support, dim)) as Tensor2D)), -Infinity) as Tensor1D
}
