/** Samplers with a Metropolis test, and NUTS, on the ring: the last state is what comes out. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray } from 'rxjs'
import { barker, ellipticalSlice, hmc, mala, nuts, randomWalk, ringOfGaussians, sample } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'
import { secondMoment } from '../moments.ts'

const ring = ringOfGaussians({ modes: 8, radius: 4, scale: 0.5 })

const samplers = {
  random_walk: randomWalk({ scale: 1 }),
  elliptical_slice: ellipticalSlice({ scale: 4 }),
  mala: mala({ step_size: 0.1 }),
  barker: barker({ scale: 0.5 }),
  hmc: hmc({ step_size: 0.1, steps: 10 }),
  nuts: nuts({ step_size: 0.1 }),
}

export const mcmcCases: Case[] = Object.entries(samplers).flatMap(([name, sampler]) =>
  ([[100, 1000], [10000, 100]] as const).map(([chains, steps]): Case => {
    let last: readonly RecordBatch[] = []
    return {
      name: `${name}/ring8/${chains}x2x${steps}`,
      units: chains * steps,
      repeats: 9,
      peer: 'jax_peer.py',
      async call(round) {
        last = await lastValueFrom(sample(sampler, { energy: ring, chains, steps, every: steps, seed: round }).pipe(toArray()))
      },
      // From N(0, I), whose points run to the nearest modes, E x² is 8.25 in each coordinate whichever modes they stay at.
      check: () => expect('second moment', secondMoment(last), 7.3, 9.2),
    }
  }))
