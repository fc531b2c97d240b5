/**
 * Potts model: sites of q states on a ring or a torus.
 *
 *   E(x) = −J Σ_bonds [x_i = x_j],   x_i = 0..q − 1
 *
 * On a ring of n sites Z = (e^(J/τ) + q − 1)ⁿ + (q − 1) (e^(J/τ) − 1)ⁿ. Two states are Ising spins of half the coupling.
 */
import { z } from 'zod'
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from '../../engine/tf.ts'
import { defineEnergy } from './contract.ts'
import { lattice, Sites } from './lattice.ts'

const Config = z.strictObject({
  sites: Sites,
  states: z.int().min(2).default(3).meta({ description: 'q: number of states of a site.' }),
  coupling: z.number().default(1).meta({ description: 'J: what a bond of equal states saves; negative where neighbours are to differ.' }),
})

export const potts = defineEnergy({
  name: 'potts',
  summary: 'Sites of several states on a ring or a torus, coupled to their neighbours.',
  config: Config,
  example: 'energy: { potts: { sites: [8, 8], states: 3, coupling: 1 } }',
  reference: 'Potts 1952, https://doi.org/10.1017/S0305004100027419',
  make: ({ sites, states, coupling }) => {
    const { dim, classes, next, around } = lattice(sites)
    const values = Array.from({ length: states }, (_, state) => state)
    return {
      dim,
      discrete: {
        values,
        classes,
        conditionals(x) {
          const neighbours = around(x)
          return tf.stack(values.map((value) => tf.mul(-coupling, tf.addN(neighbours.map((one) => equal(one, value)))))) as Tensor3D
        },
      },
      energy: (x) => tf.mul(-coupling, tf.sum<Tensor1D>(tf.addN(next(x).map((one) => equal(one, x))), 0)),
      logZ(temperature) {
        if (sites.length > 1) return undefined
        const likeness = Math.exp(coupling / temperature)
        const greater = likeness + states - 1
        return dim * Math.log(greater) + Math.log1p((states - 1) * ((likeness - 1) / greater) ** dim)
      },
    }
  },
})

/** By comparison: it has a gradient of 0. */
const equal = (x: Tensor2D, value: Tensor2D | number): Tensor2D => tf.cast(tf.equal(x, value), 'float32')
