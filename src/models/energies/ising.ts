/**
 * Ising model: spins of −1 and 1 on a ring or a torus.
 *
 *   E(x) = −J Σ_bonds x_i x_j − h Σ_i x_i
 *
 * On a ring of n spins Z = λ₊ⁿ + λ₋ⁿ,   λ± = exp(J/τ) cosh(h/τ) ± √(exp(2J/τ) sinh²(h/τ) + exp(−2J/τ)).
 */
import { z } from 'zod'
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'
import { lattice, Sites } from './lattice.ts'

const Config = z.strictObject({
  sites: Sites,
  coupling: z.number().default(1).meta({ description: 'J: what a bond of equal spins saves; negative where neighbours are to differ.' }),
  field: z.number().default(0).meta({ description: 'h: what a spin of 1 saves.' }),
})

export const ising = defineEnergy({
  name: 'ising',
  summary: 'Spins of -1 and 1 on a ring or a torus, coupled to their neighbours.',
  config: Config,
  example: 'energy: { ising: { sites: [8, 8], coupling: 1 } }',
  reference: 'Ising 1925, https://doi.org/10.1007/BF02980577',
  make: ({ sites, coupling, field }) => {
    const { dim, classes, next, around } = lattice(sites)
    return {
      dim,
      discrete: {
        values: [-1, 1],
        classes,
        conditionals(x) {
          const local = tf.add<Tensor2D>(tf.mul(coupling, tf.addN(around(x))), field)
          return tf.stack([local, tf.neg(local)]) as Tensor3D
        },
      },
      energy: (x) => tf.neg(tf.sum<Tensor1D>(tf.mul(x, tf.add(tf.mul(coupling, tf.addN(next(x))), field)), 0)),
      logZ: (temperature) => (sites.length === 1 ? logZOfRing(dim, coupling / temperature, field / temperature) : undefined),
    }
  },
})

/** Of J and h over τ, by the transfer matrix; its entries are divided by the largest there can be. */
function logZOfRing(n: number, j: number, h: number): number {
  const largest = Math.abs(j) + Math.abs(h)
  const [up, down] = [Math.exp(j + h - largest), Math.exp(j - h - largest)]
  const root = Math.hypot((up - down) / 2, Math.exp(-j - largest))
  const greater = (up + down) / 2 + root
  return n * (largest + Math.log(greater)) + Math.log1p((((up + down) / 2 - root) / greater) ** n)
}
