/** Denoising score matching, every operator of the training stream fused. */
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { adam, defaultVariables, denoisingScoreMatching, fromPull, geometric, loss, mlp, Model, none, optimize, perturb } from '../../src/index.ts'
import { listColumn, listType, recordBatch } from '../../src/streams/arrow/columns.ts'
import { expect, type Case } from '../case.ts'

const ROWS = 8192

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

/** Minibatches of rows drawn with replacement, as the peers draw them. */
function minibatches(data: Float32Array, dim: number, rows: number, count: number, round: number): Observable<RecordBatch> {
  const schema = new Schema([new Field('x', listType(dim), false)])
  let state = (round + 1) * 0x9e3779b1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % ROWS
  }
  return fromPull(function* () {
    for (let i = 0; i < count; i++) {
      const values = new Float32Array(rows * dim)
      for (let row = 0; row < rows; row++) {
        const at = next() * dim
        values.set(data.subarray(at, at + dim), row * dim)
      }
      yield recordBatch(schema, rows, [listColumn(values, dim)])
    }
  })
}

function normals(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()))
}
