/** The U-Net of pipelines/mnist.yaml, trained and sampled: on noise instead of digits, as only the speed counts. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom } from 'rxjs'
import { adam, annealedLangevin, defaultVariables, denoisingScoreMatching, geometric, loss, Model, none, optimize, perturb, sample, unet } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'
import { minibatches, normals, ROWS } from './minibatches.ts'

const PIXELS = 784
const [BATCH, UPDATES, CHAINS, STEPS_PER_LEVEL] = [64, 16, 100, 2]

const noise = geometric({ largest: 1, smallest: 0.01, levels: 10 })
const model = Model.create('net', { dim: PIXELS, variables: defaultVariables(PIXELS), net: unet({ channels: [32, 64], blocks: 1 }), noise, preconditioning: none({}) }, 1)

function training(): Case {
  const data = normals(ROWS * PIXELS)
  let losses: number[] = []
  return {
    name: `train/dsm/unet/batch${BATCH}`,
    units: UPDATES * BATCH,
    repeats: 5,
    peer: 'torch_peer.py',
    async call(round) {
      losses = []
      await minibatches(data, PIXELS, BATCH, UPDATES, round).pipe(
        perturb(noise, { seed: round }),
        loss(model, denoisingScoreMatching({})),
        optimize(model, adam({ learning_rate: 1e-3 }), { ema_decay: 0.999 }),
      ).forEach((rows) => {
        losses.push(...(rows.getChild('loss')?.toArray() as Float32Array))
      })
    },
    check() {
      expect('updates', losses.length, UPDATES, UPDATES)
      expect('last loss per coordinate', (losses.at(-1) as number) / PIXELS, 0.1, 0.6)
    },
  }
}

function sampling(): Case {
  const steps = 10 * STEPS_PER_LEVEL
  let last: RecordBatch | undefined
  return {
    name: `annealed/unet/${CHAINS}x${steps}`,
    units: CHAINS * steps,
    repeats: 5,
    peer: 'torch_peer.py',
    async call(round) {
      last = await lastValueFrom(sample(annealedLangevin({ step_size: 2e-5, steps_per_level: STEPS_PER_LEVEL, denoise: false }), { model, chains: CHAINS, every: steps, seed: round }))
    },
    check: () => expect('rows', last?.numRows ?? 0, CHAINS, CHAINS),
  }
}

export const unetCases: Case[] = [training(), sampling()]
