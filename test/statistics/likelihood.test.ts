/** Maximum likelihood by persistent contrastive divergence, on two moons: what is learned is their density. */
import type { RecordBatch } from 'apache-arrow'
import { from } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { meanOf } from '../../src/models/diagnostics/chains.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { squaredMmd } from '../../src/models/diagnostics/mmd.ts'
import type { Loss } from '../../src/models/losses/contract.ts'
import { maximumLikelihood } from '../../src/models/losses/maximum-likelihood.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { mlp } from '../../src/models/nets/mlp.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { gaussianTilt } from '../../src/models/preconditioning/gaussian-tilt.ts'
import { annealedImportanceSampling } from '../../src/models/samplers/annealed-importance-sampling.ts'
import { hmc } from '../../src/models/samplers/hmc.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import { contrast } from '../../src/streams/operators/contrast.ts'
import { estimateLogZ } from '../../src/streams/operators/estimate-log-z.ts'
import { evaluate } from '../../src/streams/operators/evaluate.ts'
import { loss } from '../../src/streams/operators/loss.ts'
import { optimize } from '../../src/streams/operators/optimize.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import { twoMoons } from '../../src/streams/sources/two-moons.ts'
import type { Declared } from '../../src/unit.ts'
import { pointsOf } from '../models/diagnostics/points.ts'
import { needs } from '../needs.ts'
import { floats, valuesOf } from '../streams/batches.ts'
import { gather, rowBatch } from '../streams/operators/numeric/training.ts'
import { seed } from './checks.ts'

needs('tensorflow')

const TIMEOUT = 300_000
const [UPDATES, ROWS, HELD_OUT] = [1000, 256, 2000]

const executor = inlineExecutor()
afterAll(() => executor.close())

const moons = (stream: string, rows: number): Promise<RecordBatch[]> =>
  gather(twoMoons({ rows, noise: 0.1 }).open({ folder: '.', seed: seed(1), stream }).rows$)

const pointsIn = (batches: readonly RecordBatch[]): Points => {
  const [x0, x1] = ['x0', 'x1'].map((name) => valuesOf(batches, name) as number[]) as [number[], number[]]
  return pointsOf(x0.map((x, i) => [x, x1[i] as number]))
}

/** Of half circles of length π, each of weight ½, with noise that is small beside their radius. */
const MOONS_ENTROPY = Math.log(2 * Math.PI) + 0.5 * Math.log(2 * Math.PI * Math.E * 0.1 ** 2)

const created = (): Model => Model.create('moons', {
  dim: 2, variables: defaultVariables(2), output: 'energy', net: mlp({ width: 64, layers: 3 }) as Declared<Net>, preconditioning: gaussianTilt({ mean: 0.4, sd: 0.8 }),
}, 3)

async function trained(rule: Declared<Loss>, updates = UPDATES): Promise<Model> {
  const model = created()
  const { values } = pointsIn(await moons('data', updates * ROWS))
  const batches = Array.from({ length: updates }, (_, i) => rowBatch(Float32Array.from(values.subarray(2 * ROWS * i, 2 * ROWS * (i + 1))), 2))
  await gather(from(batches).pipe(
    contrast(model, mala({ step_size: 0.015 }), { steps: 20, buffer: { rows: 10_000, restart_rate: 0.02 }, seed: seed(2), executor }),
    loss(model, rule, { executor }),
    optimize(model, adam({ learning_rate: 0.002 }), { executor, schedule: cosine({ steps: updates, warm_up_steps: 50 }), ema_decay: 0.99, clip_norm: 1 })))
  return model
}

const energiesOf = async (model: Model, rows: readonly RecordBatch[]): Promise<number[]> => valuesOf(await gather(from(rows).pipe(evaluate(model, { executor }))), 'energy') as number[]

/** Nats of a held-out row, on average: −⟨E⟩ − log Z, log Z by annealed importance sampling. */
async function logLikelihood(model: Model, rows: readonly RecordBatch[]): Promise<{ nats: number; standard_error: number }> {
  const path = annealedImportanceSampling({ levels: 200, prior: { mean: [0.5, 0.25], scale: 1.5 } }, { sampler: hmc({ step_size: 0.08, steps: 4 }) })
  const estimates = await gather(sample(path, { model, chains: 1000, every: 200, seed: seed(3), executor }).pipe(estimateLogZ()))
  const last = (name: string): number => valuesOf(estimates, name).at(-1) as number
  return { nats: -meanOf(await energiesOf(model, rows)) - last('log_z'), standard_error: last('standard_error') }
}

const maximum = maximumLikelihood({ energy_decay: 0.001 })
/** The phases exchanged. */
const minimum: Declared<Loss> = {
  ...maximum,
  is: { ...maximum.is, name: 'minimum_likelihood' },
  loss: (functions, { x, negatives, ...batch }, key) => maximum.loss(functions, { ...batch, x: negatives as typeof x, negatives: x }, key),
}

describe('of two moons', () => {
  let model: Model
  let held: RecordBatch[]
  beforeAll(async () => {
    held = await moons('held out', HELD_OUT)
    model = await trained(maximum)
  }, TIMEOUT)

  test('the log-likelihood of held-out rows rises, by annealed importance sampling', async () => {
    const [before, after] = [await logLikelihood(created(), held), await logLikelihood(model, held)]
    expect(after.nats - before.nats).toBeGreaterThan(0.5)
    expect(Math.hypot(before.standard_error, after.standard_error)).toBeLessThan(0.1)
    expect(after.nats).toBeLessThan(-MOONS_ENTROPY + 0.1)
  }, TIMEOUT)

  test('samples are no farther from held-out rows than 1.5 times as far as other rows are, those of an untrained model are', async () => {
    const [rows, others] = [pointsIn(held), pointsIn(await moons('others', HELD_OUT))]
    const samplesOf = async (of: Model): Promise<Points> =>
      pointsIn(await gather(sample(hmc({ step_size: 0.08, steps: 8 }), { model: of, chains: HELD_OUT, burn_in: 800, steps: 1, seed: seed(4), executor }))) // few of 200 steps lead from one moon to the other
    const near = 1.5 * distance(others, rows)
    expect(distance(await samplesOf(model), rows)).toBeLessThan(near)
    expect(distance(await samplesOf(created()), rows)).toBeGreaterThan(near)
  }, TIMEOUT)

  test('data have lower energies than what lies beside them; with the phases exchanged they have not', async () => {
    const beside = floats({ x0: [-1, 0, 0.5, 1, 2, 0.5, 0.5], x1: [-0.6, 0.2, 0.25, 0.3, 1.1, 1.8, -1.2] })
    const gap = async (of: Model): Promise<number> => Math.min(...await energiesOf(of, [beside])) - meanOf(await energiesOf(of, held))
    expect(await gap(model)).toBeGreaterThan(0)
    expect(await gap(await trained(minimum, 100))).toBeLessThan(0)
  }, TIMEOUT)
})

/** MMD over all pairs, those of a point with itself included, so that as many points of one law are about √(2/n) apart. */
const distance = (x: Points, y: Points): number => Math.sqrt(squaredMmd(x, y) + 2 / x.count)
