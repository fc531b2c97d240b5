/** LayersModels from their files, trained as scores and as energies: what they learn is known in closed form. */
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf, type LayersModel } from '../../src/engine/tf.ts'
import type { Batch, Loss } from '../../src/models/losses/contract.ts'
import { denoisingScoreMatching } from '../../src/models/losses/denoising-score-matching.ts'
import { maximumLikelihood } from '../../src/models/losses/maximum-likelihood.ts'
import type { Output } from '../../src/models/model.ts'
import type { FileNet, Net } from '../../src/models/nets/contract.ts'
import { layersModel } from '../../src/models/nets/layers-model.ts'
import { levels } from '../../src/models/noise/levels.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { gaussianTilt } from '../../src/models/preconditioning/gaussian-tilt.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import { contrast } from '../../src/streams/operators/contrast.ts'
import { loss } from '../../src/streams/operators/loss.ts'
import { optimize } from '../../src/streams/operators/optimize.ts'
import type { Declared } from '../../src/unit.ts'
import { filesOf, readerOf, tanhModel } from '../models/nets/layers.ts'
import { needs } from '../needs.ts'
import { gaussianRows, gather } from '../streams/operators/numeric/training.ts'
import { expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { losses, scoresOf } from './trainings.ts'

needs('tensorflow')

const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

/** The net in the file of a model. */
const fromFile = async (model: LayersModel): Promise<Declared<Net>> => (layersModel({ path: 'model.json' }) as FileNet).read(readerOf(await filesOf(model)))

describe('a file of one linear layer, on data N(0, v I) at one noise level,', () => {
  const [sigma, scale, dim, batches, rows] = [0.8, 1.3, 3, 600, 512] as const
  const noised = scale ** 2 + sigma ** 2
  const minimum = (dim * scale ** 2) / (2 * noised)
  const points = Float32Array.of(1, 0, 0, 0, -2, 0, 1, 1, 1)
  const linear = (): LayersModel => tf.sequential({ layers: [tf.layers.dense({ inputShape: [dim], units: dim, useBias: false, name: 'linear', kernelInitializer: 'zeros' })] })

  async function trained(output: Output, rule: Declared<Loss>): Promise<{ p: number; model: Model }> {
    const spec = { dim, variables: defaultVariables(dim), output, net: await fromFile(linear()), noise: levels({ sigmas: [sigma] }), preconditioning: none({}) }
    const model = Model.create(output, spec, 7)
    const made = await losses(model, { rule, rows$: gaussianRows({ batches, rows, dim, scale, seed: seed(3) }), batches, rate: 0.02, executor })
    return { p: meanP(made.slice(-200), minimum), model }
  }

  test.each<Output>(['score', 'energy'])('as a %s falls to the minimum of the loss, and its score is −x/(v + σ²)', async (output) => {
    const { p, model } = await trained(output, denoisingScoreMatching({}))
    expectAgreement('minimum', p)
    ;(await scoresOf(model, points, sigma)).forEach((score, i) => expect(score).toBeCloseTo(-(points[i] as number) / noised, 1))
  }, TIMEOUT)

  test.each<Output>(['score', 'energy'])('as a %s does not, with halved noise', async (output) => {
    const rule = denoisingScoreMatching({})
    const halved = ({ noise, ...rest }: Batch): Batch => ({ ...rest, noise: tf.mul(noise, 0.5) })
    const twin: Declared<Loss> = { ...rule, is: { ...rule.is, name: 'halved' }, loss: (functions, batch, key) => rule.loss(functions, halved(batch), key) }
    expectRejection('minimum', (await trained(output, twin)).p)
  }, TIMEOUT)
})

describe('a file of tanh layers, on data N((2, −1), ¼ I),', () => {
  const [mean, scale] = [[2, -1], 0.5] as const
  const around = Array.from({ length: 8 }, (_, k) => [mean[0] + 0.75 * Math.cos(k), mean[1] + 0.75 * Math.sin(k)] as const)

  /** The least cosine between the score at points around the data and the way to their mean. */
  async function leastCosine(model: Model, sigma: number): Promise<number> {
    const made = await scoresOf(model, Float32Array.from(around.flat()), sigma)
    return Math.min(...around.map(([x, y], i) => {
      const [sx, sy, wx, wy] = [made[2 * i] as number, made[2 * i + 1] as number, mean[0] - x, mean[1] - y]
      return (sx * wx + sy * wy) / (Math.hypot(sx, sy) * Math.hypot(wx, wy))
    }))
  }

  test.each<[Output, number]>([['score', 2], ['energy', 1]])('as a %s with %d outputs, told of the noise, points to the data at every level', async (output, outputs) => {
    const spec = { dim: 2, variables: defaultVariables(2), output, net: await fromFile(tanhModel(3, outputs, 32)), noise: levels({ sigmas: [2, 1, 0.5, 0.25] }), preconditioning: none({}) }
    const model = Model.create(output, spec)
    expect(await leastCosine(model, 0.5)).toBeLessThan(0.5)
    await losses(model, { rule: denoisingScoreMatching({}), rows$: gaussianRows({ batches: 600, rows: 128, mean, scale, seed: 3 }), batches: 600, rate: 0.005, executor, ema_decay: 0.98 })
    for (const sigma of [2, 1, 0.5, 0.25]) expect(await leastCosine(model, sigma), `σ ${sigma}`).toBeGreaterThan(0.9)
  }, TIMEOUT)

  test('as an energy, by maximum likelihood, points to the data', async () => {
    const spec = { dim: 2, variables: defaultVariables(2), output: 'energy' as const, net: await fromFile(tanhModel(2, 1, 32)), preconditioning: gaussianTilt({ mean: 0, sd: 2 }) }
    const model = Model.create('likely', spec)
    expect(await leastCosine(model, 1)).toBeLessThan(0.5)
    await gather(gaussianRows({ batches: 600, rows: 128, mean, scale, seed: 3 }).pipe(
      contrast(model, mala({ step_size: 0.05 }), { steps: 10, buffer: { rows: 1000, restart_rate: 0.02 }, seed: 1, executor }),
      loss(model, maximumLikelihood({}), { executor }),
      optimize(model, adam({ learning_rate: 0.005 }), { executor, schedule: cosine({ steps: 600 }), ema_decay: 0.98, clip_norm: 1 })))
    expect(await leastCosine(model, 1)).toBeGreaterThan(0.8)
  }, TIMEOUT)
})
