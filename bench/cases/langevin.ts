/** Unadjusted Langevin on energies in closed form; the last state is what comes out. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray } from 'rxjs'
import { doubleWell, langevin, ringOfGaussians, sample } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'
import { secondMoment } from '../moments.ts'

const ring = ringOfGaussians({ modes: 8, radius: 4, scale: 0.5 })
const wells = new Map([8, 32, 128].map((dim) => [dim, doubleWell({ dim, height: 2 })]))

export const langevinCases: Case[] = [
  ...([[64, 8, 50], [256, 32, 100], [1024, 128, 200]] as const).map(([chains, dim, steps]): Case => {
    let last: readonly RecordBatch[] = []
    return {
      name: `langevin/double_well/${chains}x${dim}x${steps}`,
      units: chains * steps,
      repeats: 15,
      peer: 'jax_peer.py',
      async call(round) {
        last = await lastValueFrom(sample(langevin({ step_size: 1e-3 }), { energy: wells.get(dim) as never, chains, steps, every: steps, seed: round }).pipe(toArray()))
      },
      // From N(0, I), where E x² is 1, it relaxes to .852: after so few steps it lies between, or somewhat below.
      check: () => expect('second moment', secondMoment(last), 0.7, 0.95),
    }
  }),
  ...([[100, 1000], [10000, 200], [1000000, 3]] as const).map(([chains, steps]): Case => {
    let last: readonly RecordBatch[] = []
    return {
      name: `langevin/ring8/${chains}x2x${steps}`,
      units: chains * steps,
      repeats: 15,
      peer: 'jax_peer.py',
      async call(round) {
        last = await lastValueFrom(sample(langevin({ step_size: 1e-2 }), { energy: ring, chains, steps, every: steps, seed: round }).pipe(toArray()))
      },
      // Equilibrium has E x² = 8.25 in each coordinate; three steps from N(0, I) are on their way.
      check: () => (steps > 100 ? expect('second moment', secondMoment(last), 7.3, 9.2) : expect('second moment', secondMoment(last), 0.9, 2.5)),
    }
  }),
]
