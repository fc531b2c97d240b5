/** Denoising score matching, every operator of the training stream fused. */
import { adam, defaultVariables, denoisingScoreMatching, geometric, loss, mlp, Model, none, optimize, perturb } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'
import { minibatches, normals, ROWS } from './minibatches.ts'

export const trainCases: Case[] = ([[2, 128, 128, 2, 300], [2, 128, 512, 2, 300], [64, 256, 128, 3, 200], [784, 512, 128, 2, 50]] as const).map(([dim, width, batch, layers, steps]) => {
  const noise = geometric({ largest: 1, smallest: 0.01, levels: 10 })
  const model = Model.create('net', { dim, variables: defaultVariables(dim), net: mlp({ width, layers }), noise, preconditioning: none({}) }, 1)
  const data = normals(ROWS * dim)
  let losses: number[] = []
  return {
    name: `train/dsm/mlp${dim}-${width}x${layers}/batch${batch}`,
    units: steps * batch,
    repeats: 9,
    peer: 'jax_peer.py',
    async call(round) {
      losses = []
      const stream$ = minibatches(data, dim, batch, steps, round).pipe(
        perturb(noise, { seed: round }),
        loss(model, denoisingScoreMatching({})),
        optimize(model, adam({ learning_rate: 1e-3 }), { ema_decay: 0.999 }),
      )
      await new Promise<void>((resolve, reject) => stream$.subscribe({
        next: (rows) => losses.push(...(rows.getChild('loss')?.toArray() as Float32Array)), error: reject, complete: resolve,
      }))
    },
    check() {
      expect('updates', losses.length, steps, steps)
      expect('last loss per coordinate', (losses.at(-1) as number) / dim, 0.1, 0.6)
    },
  }
})
