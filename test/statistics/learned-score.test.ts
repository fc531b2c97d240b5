/** Denoising score matching learns the score of noised data at every level: of a Gaussian mixture it is known. */
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf } from '../../src/engine/tf.ts'
import { denoisingScoreMatching } from '../../src/models/losses/denoising-score-matching.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'

import { mlp } from '../../src/models/nets/mlp.ts'
import { levels } from '../../src/models/noise/levels.ts'
import { edm } from '../../src/models/preconditioning/edm.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import { fromPull } from '../../src/streams/pull.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { rowBatch } from '../streams/operators/numeric/training.ts'
import { seed } from './checks.ts'
import { mixtureScore } from './score-models.ts'
import { losses, scoresOf } from './trainings.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const MEANS = [[2, 0], [-1, 1.5], [-1, -2]]
const WEIGHTS = [0.5, 0.3, 0.2]
const V = 0.25
const SIGMAS = [4, 2, 1, 0.5]
/** About that of a coordinate of the data. */
const SD = 1.5
/** Relative, in L2 over p_σ. */
const TOLERANCE = 0.05

function points(name: string, count: number, sigma = 0): Float32Array {
  const draws = hostDraws(seed(1), name)
  const [which, noise] = [draws.normal([count], 1).data, draws.normal([count, 2], Math.sqrt(V + sigma ** 2)).data]
  return noise.map((value, i) => value + (MEANS[classOf(which[i >> 1] as number)]?.[i & 1] as number))
}

/** By the quantiles of the normal distribution: 0 below that of .5, 1 below that of .8. */
const classOf = (z: number): number => (z < 0 ? 0 : z < 0.8416212 ? 1 : 2)

/** ‖s − s*‖/‖s*‖ at each level. */
async function errorsAfter(batches: number): Promise<number[]> {
  const noise = levels({ sigmas: SIGMAS })
  const spec = { dim: 2, variables: defaultVariables(2), net: mlp({ width: 64, layers: 3 }) as Declared<Net>, noise, preconditioning: edm({ mean: 0, sd: SD }) }
  const model = Model.create('mixture', spec, 3)
  const rows$ = fromPull(function* () {
    for (let i = 0; i < batches; i++) yield rowBatch(points(`batch ${i}`, 1024), 2)
  })
  await losses(model, { rule: denoisingScoreMatching({ weight: 'edm', sd: SD }), rows$, batches, rate: 0.005, executor, ema_decay: 0.999 })
  return Promise.all(SIGMAS.map(async (sigma) => {
    const x = points(`level ${sigma}`, 4096, sigma)
    const learned = await scoresOf(model, x, sigma)
    const truth = mixtureScore(MEANS, V, WEIGHTS)(tf.tensor2d(x, [4096, 2]), tf.fill([4096], sigma)).dataSync()
    const [off, size] = [learned.map((s, i) => s - (truth[i] as number)), truth]
    return Math.sqrt(sum2(off) / sum2(size))
  }))
}

const sum2 = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0)

test('within 5 % of the truth at every level, and not before it is trained', async () => {
  const errors = await errorsAfter(4000)
  for (const [i, error] of errors.entries()) expect(error, `relative error at σ = ${SIGMAS[i]}`).toBeLessThan(TOLERANCE)
  expect(Math.max(...await errorsAfter(50)), 'after 50 updates').toBeGreaterThan(TOLERANCE)
}, 180_000)
