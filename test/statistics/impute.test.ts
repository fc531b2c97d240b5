/** Imputing: of two correlated coordinates the one given the other, its law in closed form. */
import { Float32 } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { annealedLangevin } from '../../src/models/samplers/annealed-langevin.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { reverseSde } from '../../src/models/samplers/reverse-sde.ts'
import type { Model } from '../../src/streams/model.ts'
import { impute, type ImputeOptions } from '../../src/streams/operators/impute.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { collected, table, valuesOf } from '../streams/batches.ts'
import { distributionP, expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { normalCdf } from './probability.ts'
import { correlatedScore, mixtureScore, modelOf } from './score-models.ts'
import { halvedNoise } from './twins.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

const TIMEOUT = 300_000
const ROWS = 20_000

const executor = inlineExecutor()
afterAll(() => executor.close())

const [r, known] = [0.8, 1.5]
const noise = geometric({ largest: 8, smallest: 0.05, levels: 12 })
const correlated = modelOf('correlated', 2, noise, correlatedScore(r))

async function imputed(model: Model, sampler: Declared<Sampler>, options: ImputeOptions = {}, given = known): Promise<Float32Array> {
  const rows = table({ x0: [new Float32(), new Array<number>(ROWS).fill(given)], x1: [new Float32(), new Array<null>(ROWS).fill(null)] })
  const batches = await collected(of(rows).pipe(impute(model, sampler, { executor, seed: seed(6), ...options })))
  expect(new Set(valuesOf(batches, 'x0'))).toEqual(new Set([Math.fround(given)]))
  return Float32Array.from(valuesOf(batches, 'x1') as number[])
}

/** Mean and variance of the unknown coordinate under annealed Langevin dynamics: every step is linear in it. */
function lawOf(stepsPerLevel: number, alpha0: number): { readonly mean: number; readonly variance: number } {
  const { levels } = noise
  const smallest = levels.at(-1) as number
  let [mean, variance] = [0, (levels[0] as number) ** 2]
  const step = (sigma: number, alpha: number, fresh: number): void => {
    const determinant = (1 + sigma ** 2) ** 2 - r ** 2
    const [own, cross] = [(1 + sigma ** 2) / determinant, r / determinant]
    mean = (1 - alpha * own) * mean + alpha * cross * known
    variance = (1 - alpha * own) ** 2 * variance + (alpha * cross * sigma) ** 2 + fresh
  }
  for (const sigma of levels) {
    const alpha = alpha0 * (sigma / smallest) ** 2
    for (let t = 0; t < stepsPerLevel; t++) step(sigma, alpha, 2 * alpha)
  }
  step(smallest, smallest ** 2, 0)
  return { mean, variance }
}

describe('annealed Langevin dynamics given a coordinate', () => {
  const [steps_per_level, step_size] = [100, 0.3 * 0.05 ** 2]
  const sampler = annealedLangevin({ steps_per_level, step_size })
  const { mean, variance } = lawOf(steps_per_level, step_size)
  const varianceP = (x: Float32Array): number => meanP(x, variance, (value) => (value - mean) ** 2)

  test('its law is near the conditional one, r v and 1 − r²', () => {
    expect(Math.abs(mean - r * known)).toBeLessThan(0.02)
    expect(Math.abs(variance - (1 - r * r))).toBeLessThan(0.02)
  })

  test('draws from it', async () => {
    const x = await imputed(correlated, sampler)
    expectAgreement('mean', meanP(x, mean))
    expectAgreement('variance', varianceP(x))
    expectAgreement('law', distributionP(x, (value) => normalCdf((value - mean) / Math.sqrt(variance))))
  }, TIMEOUT)

  test('not with halved noise, nor of a model that knows no correlation', async () => {
    expectRejection('variance, with halved noise', varianceP(await imputed(correlated, halvedNoise.of(sampler))))
    expectRejection('mean, without correlation', meanP(await imputed(modelOf('independent', 2, noise, correlatedScore(0)), sampler), mean))
  }, TIMEOUT)
})

test('repeats bring a sampler that makes one step at each level near the conditional law', async () => {
  const moments = async (repeats: number): Promise<readonly [number, number]> => {
    const x = await imputed(correlated, reverseSde({ steps: 60 }), { repeats })
    const mean = x.reduce((sum, value) => sum + value, 0) / ROWS
    return [mean, x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ROWS]
  }
  const [once, often] = [await moments(1), await moments(10)]
  expect(Math.abs(once[0] - r * known)).toBeGreaterThan(0.3)
  expect(Math.abs(often[0] - r * known)).toBeLessThan(0.1)
  expect(Math.abs(often[1] - (1 - r * r))).toBeLessThan(0.05)
}, TIMEOUT)

test('with reconstruction, known coordinates tell the component of a mixture in a few steps', async () => {
  const model = modelOf('mixture', 2, noise, mixtureScore([[1, 2], [-1, -2]], 0.25))
  const truth = 1 / (1 + Math.exp((-2 * 0.1 * known) / 0.25)) // of x1 > 0, given x0 = 0.1 known
  const above = async (options: ImputeOptions): Promise<number> => {
    const x = await imputed(model, reverseSde({ steps: 30 }), { repeats: 2, ...options }, 0.1 * known)
    return x.filter((value) => value > 0).length / ROWS
  }
  expect(Math.abs(await above({}) - truth)).toBeGreaterThan(0.15)
  expect(Math.abs(await above({ reconstruction: { sd: 0.5 } }) - truth)).toBeLessThan(0.06)
}, TIMEOUT)
