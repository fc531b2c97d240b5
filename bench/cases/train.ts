/** Denoising score matching, every operator of the training stream fused. */
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { adam, defaultVariables, denoisingScoreMatching, fromPull, geometric, loss, mlp, Model, none, optimize, perturb, unet } from '../../src/index.ts'
import { listColumn, listType, recordBatch } from '../../src/streams/arrow/columns.ts'
import { expect, type Case } from '../case.ts'

const ROWS = 8192

const ofMlp = (dim: number, width: number, batch: number, layers: number, updates: number) =>
  ({ name: `mlp${dim}-${width}x${layers}`, net: mlp({ width, layers }), dim, width, layers, batch, updates, repeats: 9, peer: 'jax_peer.py' }) as const

/** Nets that JAX has too. */
export const mlps = [ofMlp(2, 128, 128, 2, 300), ofMlp(2, 128, 512, 2, 300), ofMlp(64, 256, 128, 3, 200), ofMlp(784, 512, 128, 2, 50)]

export const trainCases: Case[] = [
  ...mlps,
  { name: 'unet', net: unet({ channels: [32, 64], blocks: 1 }), dim: 784, batch: 64, updates: 16, repeats: 5, peer: 'torch_peer.py' } as const, // of pipelines/mnist.yaml
].map(({ name, net, dim, batch, updates, repeats, peer }) => {
  const noise = geometric({ largest: 1, smallest: 0.01, levels: 10 })
  const model = Model.create('net', { dim, variables: defaultVariables(dim), net, noise, preconditioning: none({}) }, 1)
  let data: Float32Array = new Float32Array()
  let losses: number[] = []
  return {
    name: `train/dsm/${name}/batch${batch}`,
    units: updates * batch,
    repeats,
    peer,
    prepare() {
      data = normals(ROWS * dim)
    },
    async call(round) {
      losses = []
      const stream$ = minibatches(data, dim, batch, updates, round).pipe(
        perturb(noise, { seed: round }),
        loss(model, denoisingScoreMatching({})),
        optimize(model, adam({ learning_rate: 1e-3 }), { ema_decay: 0.999 }),
      )
      await stream$.forEach((rows) => void losses.push(...(rows.getChild('loss')?.toArray() as Float32Array)))
    },
    check() {
      expect('updates', losses.length, updates, updates)
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
        if (dim < 32) for (let j = 0; j < dim; j++) values[row * dim + j] = data[at + j] as number // a view costs more
        else values.set(data.subarray(at, at + dim), row * dim)
      }
      yield recordBatch(schema, rows, [listColumn(values, dim)])
    }
  })
}

function normals(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()))
}
