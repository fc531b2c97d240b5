import { readFileSync } from 'node:fs'
import { lastValueFrom } from 'rxjs'
import { readFloats } from '../../src/streams/arrow/read.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/streams/models/safetensors.ts'
import { readModel } from '../../src/streams/models/model-file.ts'
import { annealedLangevin } from '../../src/models/samplers/annealed-langevin.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { residualMlp } from '../../src/models/nets/residual-mlp.ts'
import { edm } from '../../src/models/preconditioning/edm.ts'
import { values } from '../../src/streams/encodings/values.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import { inlineExecutor } from '../../src/engine/index.ts'
import { openClassifier } from './classifier-file.ts'
import { readDigits, takeRows } from './digits.ts'
import { confidenceOf, labelsOf, spreadOf } from './labels.ts'
import { frechetDistance } from '../../src/models/diagnostics/frechet-distance.ts'
import { compareManifolds } from './manifold.ts'
const N = Number(process.env.N ?? 500)
const ex = inlineExecutor()
const c = await openClassifier('fixtures/mnist-classifier.safetensors', ex)
const test = await readDigits('test')
const ref = (await c.answer(takeRows(test, Array.from({ length: 5000 }, (_, i) => 2 * i)))).features
const bytes = readFileSync(process.env.MODEL!)
const kinds: any = { residual_mlp: residualMlp, geometric, edm, values }
const report = async (name: string, x: Float32Array, s: number) => {
  const a = await c.answer({ values: x.map((v) => Math.min(1, Math.max(0, v))), dim: 784 })
  const cf = confidenceOf(a.probabilities, 10), sp = spreadOf(labelsOf(a.probabilities, 10), 10)
  const m = compareManifolds(a.features, { values: ref.values.subarray(0, a.rows * 64), dim: 64 })
  console.log(name.padEnd(48), `conf ${cf.mean.toFixed(3)} >.9 ${cf.above_90_rate.toFixed(3)} spread ${sp.smallest_rate.toFixed(3)}..${sp.largest_rate.toFixed(3)} H ${sp.entropy.toFixed(3)} FD ${frechetDistance(a.features, ref).toFixed(1)} prec ${m.precision.toFixed(3)} rec ${m.recall.toFixed(3)} dens ${m.density.toFixed(3)} cov ${m.coverage.toFixed(3)}  ${s.toFixed(0)} s`)
}
await report('held out', takeRows(test, Array.from({ length: N }, (_, i) => 20 * Math.floor(i * 500 / N) + 1)).values as Float32Array, 0)
for (const arg of process.argv.slice(2)) {
  const o = JSON.parse(arg)
  const { metadata, arrays } = decodeSafetensors(bytes)
  const d = JSON.parse(metadata.heatbath!)
  d.noise.config = { largest: o.largest ?? 8, smallest: o.smallest ?? 0.02, levels: o.levels ?? 18 }
  const model = readModel(Buffer.concat(encodeSafetensors({ metadata: { heatbath: JSON.stringify(d) }, arrays })), (_k, n, cfg) => kinds[n](cfg))
  const sm = d.noise.config.smallest
  const sampler = annealedLangevin({ step_size: o.a === undefined ? 'auto' : o.a * sm * sm, steps_per_level: o.T ?? 20, denoise: o.denoise ?? true })
  const total = d.noise.config.levels * (o.T ?? 20) + (o.denoise === false ? 0 : 1)
  const t = performance.now()
  const last = await lastValueFrom(sample(sampler, { model, chains: N, every: total, seed: 1, stream: 'samples', executor: ex }))
  await report(arg, readFloats(last, 'x').values, (performance.now() - t) / 1000)
}
process.exit()
