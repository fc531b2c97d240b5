/**
 * A product of densities: the sum of energies.
 *
 *   E(x) = Σ_k w_k E_k(x)
 *
 * All are of the same dimension, and of real numbers or of the same discrete values; variables are those of the first,
 * bounds those of all. Errors: config_invalid for energies that do not fit together, or share no point.
 */
import { z } from 'zod'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { defineEnergy, type Energy } from './contract.ts'
import { intersection, joined, type Joined } from './joined.ts'

const Config = z.strictObject({
  weights: z.array(z.number().positive()).optional().meta({ description: 'w: one for each energy; 1 unless given.' }),
})

export const product = defineEnergy({
  name: 'product',
  summary: 'A product of densities: energies added up.',
  config: Config,
  parts: [{ kind: 'energy', field: 'of', is_list: true, description: 'The energies that are added.' }],
  example: 'energy: { product: { of: [{ double_well: { dim: 2 } }, { gaussian: { dim: 2, scale: 3 } }] } }',
  reference: 'Hinton 2002, https://doi.org/10.1162/089976602760128018',
  make: ({ weights }, { of }: Joined): Energy => ({
    ...joined('product', of, weights, intersection),
    energy: (x) => tf.addN(of.map((energy, k) => (weights === undefined ? energy.energy(x) : tf.mul<Tensor1D>(weights[k] as number, energy.energy(x))))),
  }),
})
