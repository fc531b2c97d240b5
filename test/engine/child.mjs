// @ts-nocheck: dist/ is not there before it is built
/**
 * A process of its own: trains a small net, samples it and an energy, and writes to stdout what came
 * out and how long the first training call took. Runs from dist/.
 */
import { createHash } from 'node:crypto'
import { Field, Schema } from 'apache-arrow'
import { lastValueFrom, toArray } from 'rxjs'
import { loaded } from '../../dist/engine/index.js'
import { ringOfGaussians } from '../../dist/models/energies/ring-of-gaussians.js'
import { denoisingScoreMatching } from '../../dist/models/losses/denoising-score-matching.js'
import { residualMlp } from '../../dist/models/nets/residual-mlp.js'
import { geometric } from '../../dist/models/noise/geometric.js'
import { adam } from '../../dist/models/optimizers/adam.js'
import { edm } from '../../dist/models/preconditioning/edm.js'
import { annealedLangevin } from '../../dist/models/samplers/annealed-langevin.js'
import { langevin } from '../../dist/models/samplers/langevin.js'
import { defaultVariables } from '../../dist/models/variables.js'
import { listColumn, listType, recordBatch } from '../../dist/streams/arrow/columns.js'
import { Model } from '../../dist/streams/model.js'
import { loss } from '../../dist/streams/operators/loss.js'
import { optimize } from '../../dist/streams/operators/optimize.js'
import { perturb } from '../../dist/streams/operators/perturb.js'
import { sample } from '../../dist/streams/operators/sample/sample.js'
import { fromPull } from '../../dist/streams/pull.js'

const noise = geometric({ largest: 2, smallest: 0.1, levels: 5 })

const model = Model.create('child', {
  dim: 2, variables: defaultVariables(2), net: residualMlp({ width: 32, blocks: 3, embedding: 16 }), noise, preconditioning: edm({ sd: 1, mean: 0 }),
}, 3)
const schema = new Schema([new Field('x', listType(2), false)])
const rows = fromPull(function* () {
  for (let i = 0; i < 5; i++) yield recordBatch(schema, 16, [listColumn(Float32Array.from({ length: 32 }, (_, j) => Math.sin(i * 32 + j)), 2)])
})
const all = async (/** @type {import('rxjs').Observable<import('apache-arrow').RecordBatch>} */ stream$) => lastValueFrom(stream$.pipe(toArray()))
const column = (/** @type {import('apache-arrow').RecordBatch[]} */ batches, /** @type {string} */ name) => batches.flatMap((batch) => Array.from(batch.getChild(name)?.toArray() ?? [], Number))

const begin = performance.now()
const training = await all(rows.pipe(perturb(noise), loss(model, denoisingScoreMatching({})), optimize(model, adam({}), { ema_decay: 0.9, clip_norm: 1 })))
const training_ms = performance.now() - begin
const drawn = await all(sample(annealedLangevin({ steps_per_level: 2 }), { model, chains: 8, seed: 1 }))
const ring = await all(sample(langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), temperature: 1.5, chains: 16, steps: 20, burn_in: 3, every: 5 }))

const numbers = {
  losses: column(training, 'loss'), norms: column(training, 'gradient_norm'),
  drawn: [...column(drawn, 'x0'), ...column(drawn, 'score_norm')],
  ring: [...column(ring, 'x0'), ...column(ring, 'x1'), ...column(ring, 'energy')],
}
const digest = createHash('sha256').update(JSON.stringify(numbers)).digest('hex')
process.stdout.write(JSON.stringify({ kind: loaded().kind, training_ms, digest, numbers }))
