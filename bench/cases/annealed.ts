/** Annealed Langevin with a net for a score: what counts is the speed, the net is untrained on both sides. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom } from 'rxjs'
import { annealedLangevin, defaultVariables, geometric, mlp, Model, none, sample, uniformStart, unet } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'

const ofMlp = (chains: number, dim: number, width: number, layers: number, stepsPerLevel: number) =>
  ({ name: `mlp${dim}-${width}x${layers}`, net: mlp({ width, layers }), chains, dim, stepsPerLevel, repeats: 9, peer: 'jax_peer.py' as const })

export const annealedCases: Case[] = [
  ofMlp(128, 2, 64, 2, 100),
  ofMlp(128, 2, 128, 2, 100),
  ofMlp(10000, 2, 128, 2, 10),
  ofMlp(1024, 64, 256, 3, 10),
  { name: 'unet', net: unet({ channels: [32, 64], blocks: 1 }), chains: 100, dim: 784, stepsPerLevel: 2, repeats: 5, peer: 'torch_peer.py' as const }, // of pipelines/mnist.yaml
].map(({ name, net, chains, dim, stepsPerLevel, repeats, peer }) => {
  const noise = geometric({ largest: 1, smallest: 0.01, levels: 10 })
  const model = Model.create('net', { dim, variables: defaultVariables(dim), net, noise, preconditioning: none({}) }, 1)
  const sampler = annealedLangevin({ step_size: 2e-5, steps_per_level: stepsPerLevel, denoise: false })
  const steps = 10 * stepsPerLevel
  let last: RecordBatch | undefined
  return {
    name: `annealed/${name}/${chains}x${steps}`,
    units: chains * steps,
    repeats,
    peer,
    async call(round) {
      last = await lastValueFrom(sample(sampler, { model, chains, every: steps, seed: round, start: uniformStart({}) }))
    },
    check: () => expect('rows', last?.numRows ?? 0, chains, chains),
  }
})
