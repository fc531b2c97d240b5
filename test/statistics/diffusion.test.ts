/** Samplers over a grid of noise levels: their variances on Gaussian data in closed form, and masses of modes. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { ddim } from '../../src/models/samplers/ddim.ts'
import { dpmSolver } from '../../src/models/samplers/dpm-solver.ts'
import { sigmasOf } from '../../src/models/samplers/noise-grid.ts'
import { predictorCorrector } from '../../src/models/samplers/predictor-corrector.ts'
import { probabilityFlow } from '../../src/models/samplers/probability-flow.ts'
import { reverseSde } from '../../src/models/samplers/reverse-sde.ts'
import { gaussianStart } from '../../src/models/starts/gaussian.ts'
import type { Model } from '../../src/streams/model.ts'
import { sample, type SampleOptions } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { gather } from '../streams/operators/sample/particles.ts'
import { distributionP, expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { normalCdf } from './probability.ts'
import { gaussianScore, mixtureScore, modelOf } from './score-models.ts'
import { modeOfRing } from './targets.ts'
import { classes, type Coordinates } from './truths.ts'
import { deafToLevels, halvedNoise, type Twin } from './twins.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

const CHAINS = 20_000
const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

/** The states after every step, in turn. */
async function states(sampler: Declared<Sampler>, model: Model, options: Partial<SampleOptions> = {}): Promise<Coordinates[]> {
  const batches = await gather(sample(sampler, { model, chains: CHAINS, seed: seed(4), executor, ...options } as SampleOptions))
  return batches.map((batch) => model.spec.variables.map(({ name }) => batch.getChild(name)?.toArray() as Float32Array))
}

const noise = geometric({ largest: 4, smallest: 0.3, levels: 4 })
const [largest, smallest, v] = [4, 0.3, 0.6]
const gaussianData = modelOf('gaussian', 1, noise, gaussianScore(v))
const varianceP = (x: Float32Array, variance: number): number => meanP(x, variance, (value) => value * value)

/** σ → σ' of every step. */
const falls = (steps: number): (readonly [number, number])[] => {
  const sigmas = sigmasOf(noise, { steps, rho: 7 })
  return sigmas.map((sigma, i) => [sigma, sigmas[i + 1] ?? 0] as const)
}

/** V after a step, of V before: all of them are linear. */
type Law = (variance: number, from: number, to: number) => number

const ddimLaw = (eta: number): Law => (variance, from, to) => {
  const tau = eta * to * Math.sqrt(from ** 2 - to ** 2) / from
  return ((v + from * Math.sqrt(to ** 2 - tau ** 2)) / (v + from ** 2)) ** 2 * variance + tau ** 2
}

const heunLaw: Law = (variance, from, to) => {
  const slope = (sigma: number): number => sigma / (v + sigma ** 2)
  const euler = 1 + (to - from) * slope(from)
  return (to === 0 ? euler : 1 + ((to - from) / 2) * (slope(from) + slope(to) * euler)) ** 2 * variance
}

const reverseLaw: Law = (variance, from, to) => (1 - (from ** 2 - to ** 2) / (v + from ** 2)) ** 2 * variance + (to === 0 ? 0 : from ** 2 - to ** 2)

/** Steps of Langevin dynamics before the reverse one. */
const correctedLaw = (snr: number, steps: number): Law => (variance, from, to) => {
  const drift = (2 * (snr * from) ** 2) / (v + from ** 2)
  const corrected = Array.from({ length: steps }).reduce<number>((now) => (1 - drift) ** 2 * now + (2 * snr * from) ** 2, variance)
  return reverseLaw(corrected, from, to)
}

/** Of all steps in turn: x stays a multiple of the start. */
function dpmSolverLaw(): Law {
  let [before, denoisedBefore] = [NaN, NaN]
  return (variance, from, to) => {
    const x = Math.sqrt(variance)
    const denoised = (v / (v + from ** 2)) * x
    const weight = Number.isNaN(before) || to === 0 ? 0 : Math.log(from / to) / Math.log(before / from) / 2
    const line = weight === 0 ? denoised : denoised + weight * (denoised - denoisedBefore)
    ;[before, denoisedBefore] = [from, denoised]
    return ((to / from) * x + (1 - to / from) * line) ** 2
  }
}

interface Row {
  readonly called: string
  readonly sampler: Declared<Sampler>
  readonly law: Law
  readonly twin: Twin
}

const STEPS = 8
const ROWS: readonly Row[] = [
  { called: 'probability_flow', sampler: probabilityFlow({ steps: STEPS }), law: heunLaw, twin: deafToLevels },
  { called: 'reverse_sde', sampler: reverseSde({ steps: STEPS }), law: reverseLaw, twin: halvedNoise },
  { called: 'predictor_corrector', sampler: predictorCorrector({ steps: STEPS }), law: correctedLaw(0.16, 1), twin: halvedNoise },
  { called: 'predictor_corrector, 3 steps', sampler: predictorCorrector({ steps: STEPS, corrector_steps: 3, snr: 0.4 }), law: correctedLaw(0.4, 3), twin: halvedNoise },
  { called: 'dpm_solver', sampler: dpmSolver({ steps: STEPS }), law: dpmSolverLaw(), twin: deafToLevels },
  { called: 'ddim, η = 0', sampler: ddim({ steps: STEPS }), law: ddimLaw(0), twin: deafToLevels },
  { called: 'ddim, η = 0.7', sampler: ddim({ steps: STEPS, eta: 0.7 }), law: ddimLaw(0.7), twin: halvedNoise },
  { called: 'ddim, η = 1', sampler: ddim({ steps: STEPS, eta: 1 }), law: ddimLaw(1), twin: halvedNoise },
]

describe.each(ROWS)('$called on Gaussian data', ({ sampler, law, twin }) => {
  let variance = largest ** 2
  const variances = falls(STEPS).map(([from, to]) => (variance = law(variance, from, to)))
  const last = variances.at(-1) as number

  test('has the variance of its formula in the middle and at the end', async () => {
    const x = (await states(sampler, gaussianData)).map(([x0]) => x0 as Float32Array)
    expect(x).toHaveLength(STEPS)
    for (const i of [STEPS / 2, STEPS - 1]) {
      expectAgreement(`variance after ${i + 1} steps`, varianceP(x[i] as Float32Array, variances[i] as number))
      expectAgreement(`law after ${i + 1} steps`, distributionP(x[i] as Float32Array, (value) => normalCdf(value / Math.sqrt(variances[i] as number))))
    }
  }, TIMEOUT)

  test(`it has not ${twin.what}`, async () => {
    expectRejection('variance at the end', varianceP((await states(twin.of(sampler), gaussianData)).at(-1)?.[0] as Float32Array, last))
  }, TIMEOUT)
})

describe('probability_flow', () => {
  /** x at σ_min over x at σ_max, less what the equation says: √((v + σ_min²)/(v + σ_max²)). */
  async function errorOf(sampler: Declared<Sampler>): Promise<number> {
    const x = await states(sampler, gaussianData, { chains: 1, start: gaussianStart({ mean: largest, scale: 0 }) })
    return Math.abs((x.at(-2)?.[0]?.[0] as number) / largest - Math.sqrt((v + smallest ** 2) / (v + largest ** 2)))
  }

  test('errs by a quarter with twice the steps, as dpm_solver does; Euler\'s method by a half', async () => {
    const ratio = async (of: (steps: number) => Declared<Sampler>, steps = 17): Promise<number> => await errorOf(of(steps)) / await errorOf(of(2 * steps - 1))
    expect(Math.abs(await ratio((steps) => probabilityFlow({ steps })) - 4)).toBeLessThan(0.8)
    expect(Math.abs(await ratio((steps) => dpmSolver({ steps }), 33) - 4)).toBeLessThan(0.8) // 3.2 from 17 to 33: its first step is of first order
    expect(Math.abs(await ratio((steps) => ddim({ steps })) - 2)).toBeLessThan(0.4)
  }, TIMEOUT)
})

describe('predictor_corrector', () => {
  const [snr, steps] = [0.5, 8]
  const sampler = predictorCorrector({ steps, snr })
  const [from, to] = falls(steps)[0] as readonly [number, number]
  const width = v + from ** 2

  /** Of the first state, of a start at x0. */
  const mean = (x0: number): number => (1 - (from ** 2 - to ** 2) / width) * (1 - (2 * snr ** 2 * from ** 2) / width) * x0
  const variance = correctedLaw(snr, 1)(0, from, to)

  test.each([0, 1, 12])('takes the corrector step that its ratio says from %d, wherever it is', async (x0) => {
    const first = async (of: Declared<Sampler>) => (await states(of, gaussianData, { start: gaussianStart({ mean: x0, scale: 0 }) }))[0]?.[0] as Float32Array
    const around = (x: Float32Array): Float32Array => x.map((value) => value - mean(x0))
    const [own, halved] = [await first(sampler), await first(halvedNoise.of(sampler))]
    expectAgreement('mean after a step', meanP(own, mean(x0)))
    expectAgreement('variance after a step', varianceP(around(own), variance))
    expectRejection('variance, with halved noise', varianceP(around(halved), variance))
  }, TIMEOUT)
})

describe('on eight Gaussians', () => {
  const means = Array.from({ length: 8 }, (_, k) => [4 * Math.cos((k * Math.PI) / 4), 4 * Math.sin((k * Math.PI) / 4)])
  const ring = modelOf('ring', 2, geometric({ largest: 8, smallest: 0.2, levels: 8 }), mixtureScore(means, 0.09))

  /** All start alike around the centre, and a turn by an eighth changes nothing: each has a mass of exactly an eighth. */
  const masses = classes(modeOfRing, means.map(() => 1 / 8))

  /** Part of the states within four standard deviations of the ring's radius. */
  const nearRing = ([x = new Float32Array(), y = new Float32Array()]: Coordinates): number =>
    x.filter((value, i) => Math.abs(Math.hypot(value, y[i] as number) - 4) < 1.2).length / x.length

  test.each([
    ['probability_flow', probabilityFlow({ steps: 18 })],
    ['reverse_sde', reverseSde({ steps: 60 })],
    ['dpm_solver', dpmSolver({ steps: 20 })],
    ['ddim', ddim({ steps: 30, eta: 0.5 })],
    ['predictor_corrector', predictorCorrector({ steps: 60 })],
  ] as const)('%s finds every mode with its mass, unless it is deaf to levels', async (_, sampler) => {
    const last = (await states(sampler, ring)).at(-1) as Coordinates
    expectAgreement('mass of modes', masses(last))
    expect(nearRing(last)).toBeGreaterThan(0.97)
    const deaf = (await states(deafToLevels.of(sampler), ring, { chains: 2000 }).catch(() => [])).at(-1)
    expect(deaf === undefined ? 0 : nearRing(deaf)).toBeLessThan(0.9)
  }, TIMEOUT)
})
