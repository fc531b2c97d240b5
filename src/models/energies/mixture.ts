/**
 * A mixture of Boltzmann factors: densities added up.
 *
 *   E(x) = −log Σ_k w_k exp(−E_k(x))
 *
 * Component k has the mass w_k Z_k: where the Z_k are known, weights of w/Z_k make masses of w.
 * All are of the same dimension; variables are those of the first, bounds those of all.
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import { logSumExp } from '../log-sum-exp.ts'
import { defineEnergy, type Energy } from './contract.ts'
import { joined, type Joined } from './joined.ts'

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
  make: ({ weights }, { of }: Joined): Energy => ({
    ...joined('mixture', of, weights),
    energy: (x) => tf.neg(logSumExp(tf.stack(of.map((energy, k) => tf.sub(Math.log(weights?.[k] ?? 1), energy.energy(x)))))),
  }),
})
