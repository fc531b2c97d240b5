/** Imputing: of two correlated coordinates the one given the other, its law in closed form. */
import { Float32 } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor, tf } from '../../src/engine/index.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { annealedLangevin } from '../../src/models/samplers/annealed-langevin.ts'
import { isOverLevels, type Sampler } from '../../src/models/samplers/contract.ts'
import { ddim } from '../../src/models/samplers/ddim.ts'
import { dpmSolver } from '../../src/models/samplers/dpm-solver.ts'
import { sigmasOf } from '../../src/models/samplers/noise-grid.ts'
import { predictorCorrector } from '../../src/models/samplers/predictor-corrector.ts'
import { probabilityFlow } from '../../src/models/samplers/probability-flow.ts'
import { reverseSde } from '../../src/models/samplers/reverse-sde.ts'
import { builtin } from '../../src/pipelines/catalogue.ts'
import type { Model } from '../../src/streams/model.ts'
import { impute, type ImputeOptions } from '../../src/streams/operators/impute.ts'
import type { Declared } from '../../src/unit.ts'
import { plainOf } from '../conformance/harness.ts'
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

/** A step as it moves the unknown coordinate: linear in both, plus noise. */
interface Move {
  readonly from: number
  readonly to: number
  /** The unknown coordinate after the step, of the known and the unknown one. */
  readonly next: (a: number, b: number) => number
  /** Variance of the noise that it adds. */
  readonly fresh: number
}

/** Mean and variance of the unknown coordinate after steps, each made some times: both stay linear in what was drawn. */
function lawOf(moves: readonly Move[], repeats = 1): { readonly mean: number; readonly variance: number } {
  let [mean, variance] = [0, (noise.levels[0] as number) ** 2]
  for (const { from, to, next, fresh } of moves) {
    const [cross, own] = [next(1, 0), next(0, 1)]
    for (let turn = 0; turn < repeats; turn++) {
      mean = cross * known + own * mean
      variance = own ** 2 * variance + (cross * from) ** 2 + fresh + (turn < repeats - 1 ? from ** 2 - to ** 2 : 0)
    }
  }
  return { mean, variance }
}

/** Of the unknown coordinate b; of the known one with the two exchanged. */
const score = (a: number, b: number, sigma: number): number => (r * a - (1 + sigma ** 2) * b) / ((1 + sigma ** 2) ** 2 - r ** 2)

function langevinMoves(stepsPerLevel: number, alpha0: number): Move[] {
  const { levels } = noise
  const smallest = levels.at(-1) as number
  const move = (from: number, to: number, alpha: number, fresh: number): Move => ({ from, to, next: (a, b) => b + alpha * score(a, b, from), fresh })
  const falling = levels.flatMap((sigma) => new Array<number>(stepsPerLevel).fill(sigma))
  return [
    ...falling.map((sigma, i) => move(sigma, falling[i + 1] ?? smallest, alpha0 * (sigma / smallest) ** 2, 2 * alpha0 * (sigma / smallest) ** 2)),
    move(smallest, 0, smallest ** 2, 0),
  ]
}

const overGrid = (steps: number, move: (from: number, to: number) => Pick<Move, 'next' | 'fresh'>): Move[] => {
  const sigmas = [...sigmasOf(noise, { steps, rho: 7 }), 0]
  return sigmas.slice(1).map((to, i) => ({ from: sigmas[i] as number, to, ...move(sigmas[i] as number, to) }))
}

const ddimMoves = (steps: number): Move[] => overGrid(steps, (from, to) => ({ next: (a, b) => b + (1 - to / from) * from ** 2 * score(a, b, from), fresh: 0 }))

const reverseMoves = (steps: number): Move[] => overGrid(steps, (from, to) => ({
  next: (a, b) => b + (from ** 2 - to ** 2) * score(a, b, from),
  fresh: to === 0 ? 0 : from ** 2 - to ** 2,
}))

const heunMoves = (steps: number): Move[] => overGrid(steps, (from, to) => ({
  next(a, b) {
    const slope = (x: number, other: number, sigma: number): number => -sigma * score(other, x, sigma)
    const [guessA, guessB] = [a + (to - from) * slope(a, b, from), b + (to - from) * slope(b, a, from)]
    return to === 0 ? guessB : b + ((to - from) / 2) * (slope(b, a, from) + slope(guessB, guessA, to))
  },
  fresh: 0,
}))

describe('annealed Langevin dynamics given a coordinate', () => {
  const [steps_per_level, step_size] = [100, 0.3 * 0.05 ** 2]
  const sampler = annealedLangevin({ steps_per_level, step_size })
  const { mean, variance } = lawOf(langevinMoves(steps_per_level, step_size))
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

/** Every step goes by one before it, of twice the noise, that led to x = D = 0. */
const misremembering = (sampler: Declared<Sampler>): Declared<Sampler> => ({
  ...sampler,
  is: { ...sampler.is, name: `${sampler.is.name} that goes by a step that was not made` },
  init: (x, target) => ({ ...sampler.init(x, target), sigma: tf.fill([x.shape[1]], 2 * (noise.levels[0] as number)) }),
})

const STEPS = 20
const REPEATS = 5
/** All samplers over noise levels; of all but one, the steps are linear. */
const OVER_LEVELS: readonly { readonly unit: string; readonly sampler: Declared<Sampler>; readonly moves?: readonly Move[] }[] = [
  { unit: 'annealed_langevin', sampler: annealedLangevin({ steps_per_level: 20, step_size: 0.3 * 0.05 ** 2 }), moves: langevinMoves(20, 0.3 * 0.05 ** 2) },
  { unit: 'ddim', sampler: ddim({ steps: STEPS }), moves: ddimMoves(STEPS) },
  { unit: 'dpm_solver', sampler: dpmSolver({ steps: STEPS }), moves: ddimMoves(STEPS) },
  { unit: 'predictor_corrector', sampler: predictorCorrector({ steps: 2 * STEPS }) },
  { unit: 'probability_flow', sampler: probabilityFlow({ steps: STEPS }), moves: heunMoves(STEPS) },
  { unit: 'reverse_sde', sampler: reverseSde({ steps: STEPS }), moves: reverseMoves(STEPS) },
]

test('all samplers over noise levels are tried', async () => {
  const made = await Promise.all(builtin.of('sampler').map((unit) => plainOf<Sampler>(unit)))
  expect(OVER_LEVELS.map(({ unit }) => unit)).toEqual(made.filter(isOverLevels).map(({ is }) => is.name))
})

test.each(OVER_LEVELS.flatMap(({ unit, sampler, moves }) => (moves === undefined ? [] : [{ unit, sampler, moves }])))('$unit has the law of its steps, once and repeated', async ({ sampler, moves }) => {
  for (const repeats of [1, REPEATS]) {
    const { mean, variance } = lawOf(moves, repeats)
    const x = await imputed(correlated, sampler, { repeats })
    expectAgreement(`mean, ${repeats} times`, meanP(x, mean))
    expectAgreement(`variance, ${repeats} times`, meanP(x, variance, (value) => (value - mean) ** 2))
    expectAgreement(`law, ${repeats} times`, distributionP(x, (value) => normalCdf((value - mean) / Math.sqrt(variance))))
  }
}, TIMEOUT)

test('not of a sampler that goes by a step that was not made', async () => {
  const { mean } = lawOf(ddimMoves(STEPS))
  expectRejection('mean', meanP(await imputed(correlated, misremembering(dpmSolver({ steps: STEPS }))), mean))
}, TIMEOUT)

test.each(OVER_LEVELS)('repeats bring $unit near the conditional law', async ({ sampler }) => {
  const [mean, variance] = momentsOf(await imputed(correlated, sampler, { repeats: 2 * REPEATS }))
  expect(Math.abs(mean - r * known)).toBeLessThan(0.15)
  expect(Math.abs(variance - (1 - r * r))).toBeLessThan(0.06)
}, TIMEOUT)

const momentsOf = (x: Float32Array): readonly [number, number] => {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length
  return [mean, x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length]
}

test('repeats bring a sampler that makes one step at each level near the conditional law', async () => {
  const moments = async (repeats: number): Promise<readonly [number, number]> => momentsOf(await imputed(correlated, reverseSde({ steps: 60 }), { repeats }))
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
