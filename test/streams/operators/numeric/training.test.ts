/** Training finds what is known in closed form: the minimum of denoising score matching, and the score's direction. */
import { map } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { float32, inlineExecutor, leaves, Spec, mapTree, rebuild, type HostArray } from '../../../../src/engine/index.ts'
import { tf, type Tensor } from '../../../../src/engine/tf.ts'
import { denoisingScoreMatching } from '../../../../src/models/losses/denoising-score-matching.ts'
import type { Loss } from '../../../../src/models/losses/contract.ts'
import type { Net } from '../../../../src/models/nets/contract.ts'
import { mlp } from '../../../../src/models/nets/mlp.ts'
import { residualMlp } from '../../../../src/models/nets/residual-mlp.ts'
import type { Noise } from '../../../../src/models/noise/contract.ts'
import { adam } from '../../../../src/models/optimizers/adam.ts'
import { unpackArrays, type Packed } from '../../../../src/models/packing.ts'
import { edm } from '../../../../src/models/preconditioning/edm.ts'
import { none } from '../../../../src/models/preconditioning/none.ts'
import { cosine } from '../../../../src/models/schedules/cosine.ts'
import { modelFunctions } from '../../../../src/models/model.ts'
import { Model, usedParameters } from '../../../../src/streams/model.ts'
import { loss } from '../../../../src/streams/operators/loss.ts'
import { optimize, type OptimizeOptions } from '../../../../src/streams/operators/optimize.ts'
import { perturb } from '../../../../src/streams/operators/perturb.ts'
import type { Declared } from '../../../../src/unit.ts'
import { compiled } from '../../../engine/both.ts'
import { needs } from '../../../needs.ts'
import { expectAgreement, expectRejection, seed } from '../../../statistics/checks.ts'
import { normalTails } from '../../../statistics/probability.ts'
import { gather, gaussianRows, newModel, numbersOf, type ModelShape } from './training.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const is = (kind: 'net' | 'noise' | 'loss', name: string) => ({ kind, name, config: {} }) as const

/** f(x) = x w: with it a score is linear, as that of noised Gaussian data is. */
const linear: Declared<Net<{ readonly w: Tensor }>> = {
  is: is('net', 'linear'),
  init: (inputs, outputs, draws) => ({ w: draws.normal([inputs, outputs], 0.1) }),
  apply: ({ w }, x) => tf.matMul(x, w as never),
}

/** One noise level. */
const single = (sigma: number): Declared<Noise> => ({
  is: { ...is('noise', 'single'), config: { sigma } }, levels: [sigma], draw: (_, rows) => tf.fill([rows], sigma), resolve: () => single(sigma),
})

async function train(shape: ModelShape, rule: Declared<Loss>, data: Parameters<typeof gaussianRows>[0], rate: number, options: OptimizeOptions = {}): Promise<{ model: Model; losses: number[] }> {
  const model = newModel(shape)
  const rows = await gather(gaussianRows(data).pipe(
    perturb(model.spec.noise as Declared<Noise>, { executor, seed: seed(1) }), loss(model, rule, { executor }),
    optimize(model, adam({ learning_rate: rate }), { executor, schedule: cosine({ steps: data.batches }), ...options })))
  return { model, losses: numbersOf(rows, 'loss') }
}

/** The score of a model at points, with the parameters that sampling uses. */
async function scores(model: Model, points: readonly (readonly number[])[], sigma: number): Promise<number[][]> {
  const parameters = unpackArrays(model.shapes, usedParameters(await model.read()) as Packed<HostArray>)
  const x = float32([points.length, points[0]?.length ?? 0], Float32Array.from(points.flat()))
  const { data, shape: [, dim = 1] } = await compiled<HostArray>(({ p, at }: { p: unknown; at: never }) => modelFunctions(model.spec, p).score(at, tf.fill([points.length], sigma)), { p: parameters, at: x })
  return points.map((_, i) => [...data.subarray(i * dim, (i + 1) * dim)])
}

describe('on data N(0, v I) at one noise level,', () => {
  const [sigma, scale, dim, batches, rows] = [0.8, 1.3, 3, 600, 512] as const
  const v = scale ** 2
  /** ½ |σ s + ξ|² of the best score is ½ v/(v + σ²) χ²_d. */
  const minimum = (dim * v) / (2 * (v + sigma ** 2))
  const last = 200
  const shape = { dim, net: linear as Declared<Net<never>>, noise: single(sigma) }

  /** Of the mean loss over the last batches, against the minimum times the weight. */
  function lossP(losses: readonly number[], weight: number): number {
    const mean = losses.slice(-last).reduce((sum, value) => sum + value, 0) / last
    return normalTails((mean / weight - minimum) / (minimum * Math.sqrt(2 / dim / (last * rows))))
  }

  test.each<['sigma_squared' | 'edm' | 'one', number]>([
    ['sigma_squared', 1], ['one', 1 / sigma ** 2], ['edm', (sigma ** 2 + v) / v],
  ])('the loss with weight %s falls to its minimum, and the score is −x/(v + σ²)', async (weight, factor) => {
    const { model, losses } = await train(shape, denoisingScoreMatching({ weight, sd: scale }), { batches, rows, dim, scale, seed: seed(3) }, 0.02)
    expectAgreement('minimum', lossP(losses, factor))
    const made = await scores(model, [[1, 0, 0], [0, -2, 0], [1, 1, 1]], sigma)
    ;[[1, 0, 0], [0, -2, 0], [1, 1, 1]].forEach((point, i) => point.forEach((value, j) => expect(made[i]?.[j]).toBeCloseTo(-value / (v + sigma ** 2), 1)))
  })

  test('a loss with halved noise does not reach that minimum', async () => {
    const dsm = denoisingScoreMatching({})
    const halved: Declared<Loss> = { ...dsm, is: is('loss', 'halved'), loss: (functions, batch, key) => dsm.loss(functions, { ...batch, noise: tf.mul(batch.noise, 0.5) }, key) }
    const { losses } = await train(shape, halved, { batches, rows, dim, scale, seed: seed(3) }, 0.02)
    expectRejection('minimum, with halved noise', lossP(losses, 1))
  })
})

describe.each<[what: string, shape: ModelShape]>([
  ['mlp without preconditioning', { net: mlp({ width: 48 }) as Declared<Net<never>>, preconditioning: none({}) }],
  ['residual_mlp, preconditioned as in EDM', { net: residualMlp({ width: 48, blocks: 2, embedding: 16 }) as Declared<Net<never>>, preconditioning: edm({ sd: 0.5, mean: 1 }) }],
])('%s: after training on N((2, −1), ¼ I)', (_, shape) => {
  let model: Model
  let losses: number[]
  beforeAll(async () => {
    ({ model, losses } = await train(shape, denoisingScoreMatching({}), { batches: 500, rows: 128, mean: [2, -1], scale: 0.5 }, 0.003, { ema_decay: 0.98 }))
  })

  const AROUND = Array.from({ length: 8 }, (__, k) => [2 + 1.5 * Math.cos(k), -1 + 1.5 * Math.sin(k)])

  test('the loss has fallen', () => {
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(losses.slice(-50))).toBeLessThan(0.9 * mean(losses.slice(0, 5)))
  })

  test.each([0.2, 1, 2])('the score at σ = %d points to the data', async (sigma) => {
    const made = await scores(model, AROUND, sigma)
    made.forEach((score, i) => {
      const [px = 0, py = 0] = AROUND[i] as number[]
      const [sx = 0, sy = 0] = score
      const cosine = (sx * (2 - px) + sy * (-1 - py)) / (Math.hypot(sx, sy) * Math.hypot(2 - px, -1 - py))
      expect(cosine).toBeGreaterThan(0.8)
    })
  })

  test('the score is about −(x − m)/(v + σ²)', async () => {
    const made = await scores(model, AROUND, 1)
    made.flat().forEach((value, i) => expect(Math.abs(value + ((AROUND.flat()[i] as number) - (i % 2 === 0 ? 2 : -1)) / 1.25)).toBeLessThan(0.3))
  })
})

test('the gradient that the loss emits is that of differences', async () => {
  const base = newModel({ net: mlp({ width: 6, layers: 1 }) as Declared<Net<never>> })
  const parameters = base.spec.net.init(2, 2, (await import('../../../../src/models/nets/host-draws.ts')).hostDraws(7, 'm/parameters'))
  const flat = leaves<HostArray>(parameters)
  const lossAt = async (which: number, i: number, h: number): Promise<{ value: number; gradient: number[] }> => {
    const moved = rebuild(parameters, flat.map((leaf, j) => float32(leaf.shape, Float32Array.from(leaf.data, (v, k) => v + (j === which && k === i ? h : 0)))))
    const model = new Model('m', base.spec, moved)
    const [row] = await gather(gaussianRows({ batches: 1, rows: 32 }).pipe(perturb(model.spec.noise as Declared<Noise>, { executor }), map((batch) => batch), loss(model, denoisingScoreMatching({}), { executor })))
    return { value: numbersOf([row as never], 'loss')[0] as number, gradient: Array.from(row?.getChild('gradient')?.get(0).toArray() as Float32Array) }
  }
  const { gradient } = await lossAt(0, 0, 0)
  expect(gradient).toHaveLength(flat.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const [which, { data }] of flat.entries()) {
    for (const i of [0, data.length - 1]) {
      const h = 0.02
      const slope = (8 * ((await lossAt(which, i, h)).value - (await lossAt(which, i, -h)).value) - ((await lossAt(which, i, 2 * h)).value - (await lossAt(which, i, -2 * h)).value)) / (12 * h)
      expect(gradient[at + i]).toBeCloseTo(slope, 3)
    }
    at += data.length
  }
})

void [Spec, mapTree]
