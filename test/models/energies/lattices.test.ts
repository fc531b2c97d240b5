/** Energies on lattices, by enumeration of all their states; the bonds are counted here anew. */
import { describe, expect, test } from 'vitest'
import { tf } from '../../../src/engine/tf.ts'
import type { Energy } from '../../../src/models/energies/contract.ts'
import { ising } from '../../../src/models/energies/ising.ts'
import { lattice } from '../../../src/models/energies/lattice.ts'
import { potts } from '../../../src/models/energies/potts.ts'
import { levelStatistics, logPartition } from '../../../src/models/energy-levels.ts'
import { bondsOf, statesOf } from './lattices.ts'

/** E of states. */
const energies = ({ energy }: Energy, states: readonly (readonly number[])[]): number[] =>
  tf.tidy(() => Array.from(energy(tf.transpose(tf.tensor2d(states.map((state) => [...state])))).dataSync()))

test('the Ising ring of 10 spins at temperature 2 has the Z, mean energy and heat capacity of its transfer matrix', () => {
  const ring = ising({ sites: [10], coupling: 1 })
  const levels = energies(ring, statesOf([-1, 1], 10))
  const { mean_energy, heat_capacity } = levelStatistics(levels, 2)
  expect(Math.exp(logPartition(levels, 2))).toBeCloseTo(3405.206687, 5)
  expect(mean_energy).toBeCloseTo(-4.628727, 6)
  expect(heat_capacity).toBeCloseTo(1.993289, 6)
  expect(ring.logZ?.(2)).toBeCloseTo(Math.log(3405.206687), 9)
})

describe.each([[[5]], [[6]], [[3, 3]], [[3, 4]]])('on sites %j', (sites) => {
  const { dim, classes } = lattice(sites)
  const bonds = bondsOf(sites)

  test('no bond joins sites of one class, and there is one for each site and axis', () => {
    expect(bonds).toHaveLength(dim * sites.length)
    expect(bonds.filter(([i, j]) => classes[i] === classes[j])).toEqual([])
  })

  test.each([[1, 0], [0.7, -0.4], [-1.3, 0.2]])('ising of coupling %d and field %d has the energy of its bonds, and its log Z where it knows one', (coupling, field) => {
    const states = statesOf([-1, 1], dim)
    const made = ising({ sites, coupling, field })
    const levels = energies(made, states)
    const byHand = states.map((x) => -coupling * bonds.reduce((sum, [i, j]) => sum + (x[i] as number) * (x[j] as number), 0) - field * x.reduce((sum, v) => sum + v, 0))
    levels.forEach((level, k) => expect(level).toBeCloseTo(byHand[k] as number, 4))
    for (const temperature of [0.5, 2]) if (sites.length === 1) expect(made.logZ?.(temperature)).toBeCloseTo(logPartition(byHand, temperature), 9)
    if (sites.length > 1) expect(made.logZ?.(1)).toBeUndefined()
  })

  test.each([1, -0.8])('potts of coupling %d, likewise', (coupling) => {
    const states = statesOf([0, 1, 2], Math.min(dim, 9)).map((state) => [...state, ...new Array<number>(dim - state.length).fill(0)])
    const made = potts({ sites, states: 3, coupling })
    const levels = energies(made, states)
    const byHand = states.map((x) => -coupling * bonds.filter(([i, j]) => x[i] === x[j]).length)
    levels.forEach((level, k) => expect(level).toBeCloseTo(byHand[k] as number, 4))
    for (const temperature of [0.5, 2]) if (sites.length === 1) expect(made.logZ?.(temperature)).toBeCloseTo(logPartition(byHand, temperature), 9)
  })
})
