/** Annealed Langevin with a net for a score: what counts is the speed, the net is untrained on both sides. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom } from 'rxjs'
import { annealedLangevin, defaultVariables, geometric, mlp, Model, none, sample, uniformStart } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'

export const annealedCases: Case[] = ([[128, 2, 128, 2, 100], [10000, 2, 128, 2, 10], [1024, 64, 256, 3, 10]] as const).map(([chains, dim, width, layers, stepsPerLevel]) => {
  const noise = geometric({ largest: 1, smallest: 0.01, levels: 10 })
  const model = Model.create('net', { dim, variables: defaultVariables(dim), net: mlp({ width, layers }), noise, preconditioning: none({}) }, 1)
  const sampler = annealedLangevin({ step_size: 2e-5, steps_per_level: stepsPerLevel, denoise: false })
  const steps = 10 * stepsPerLevel
  let last: RecordBatch | undefined
  return {
    name: `annealed/mlp${dim}-${width}x${layers}/${chains}x${steps}`,
    units: chains * steps,
    repeats: 9,
    peer: 'jax_peer.py',
    async call(round) {
      last = await lastValueFrom(sample(sampler, { model, chains, every: steps, seed: round, start: uniformStart({}) }))
    },
    check: () => expect('rows', last?.numRows ?? 0, chains, chains),
  }
})
