/** Annealed Langevin dynamics: its variances in closed form, and that it finds every mode with its mass. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { annealedLangevin, autoStepSize } from '../../src/models/samplers/annealed-langevin.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { langevin } from '../../src/models/samplers/langevin.ts'
import { uniformStart } from '../../src/models/starts/uniform.ts'
import type { Model } from '../../src/streams/model.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { gather } from '../streams/operators/sample/particles.ts'
import { distributionP, expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { finalStates, unlessDiverged } from './final-states.ts'
import { normalCdf } from './probability.ts'
import { gaussianScore, mixtureScore, modelOf } from './score-models.ts'
import { modeOfRing } from './targets.ts'
import { classes, type Coordinates } from './truths.ts'
import { deafToLevels, halvedNoise } from './twins.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

const CHAINS = 20_000
const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

/** The states after every step, in turn. */
async function states(sampler: Declared<Sampler>, model: Model, chains = CHAINS): Promise<Coordinates[]> {
  const batches = await gather(sample(sampler, { model, chains, seed: seed(3), executor }))
  return batches.map((batch) => model.spec.variables.map(({ name }) => batch.getChild(name)?.toArray() as Float32Array))
}

test('auto is the step size of Song & Ermon 2020', () => {
  const levels = Array.from({ length: 232 }, (_, l) => 50 * (0.01 / 50) ** (l / 231))
  expect(autoStepSize(levels, 5) * 1e6).toBeCloseTo(6.18, 2)
})

test.each([[5, 0.23], [20, 0.13], [100, 0.08]])('auto with %d steps at each level ends wider than Gaussian data by the part that its fields say', (steps, wider) => {
  const levels = geometric({ largest: 30, smallest: 0.02, levels: 18 }).levels
  const [v, smallest] = [2.25, 0.02]
  const unit = autoStepSize(levels, steps) / smallest ** 2
  const end = levels.reduce((before, sigma) => {
    const alpha = unit * sigma ** 2
    return Array.from({ length: steps }).reduce<number>((variance) => (1 - alpha / (v + sigma ** 2)) ** 2 * variance + 2 * alpha, before)
  }, 30 ** 2)
  const denoised = end * (v / (v + smallest ** 2)) ** 2
  expect(Math.sqrt(denoised / v) - 1).toBeCloseTo(wider, 2)
})

describe('on Gaussian data of variance v', () => {
  const [smallest, stepsPerLevel] = [0.5, 20]
  const noise = geometric({ largest: 4, smallest, levels: 4 })
  const ends = noise.levels.map((_, l) => (l + 1) * stepsPerLevel - 1)

  /** Of the states after every step, in turn: the dynamics are linear, hence all of them Gaussian. */
  function variancesOf(v: number, alpha0: number): number[] {
    let variance = (noise.levels[0] as number) ** 2
    const variances: number[] = []
    for (const sigma of noise.levels) {
      const alpha = alpha0 * (sigma / smallest) ** 2
      for (let t = 0; t < stepsPerLevel; t++) variances.push(variance = (1 - alpha / (v + sigma ** 2)) ** 2 * variance + 2 * alpha)
    }
    return [...variances, variance * (v / (v + smallest ** 2)) ** 2] // x + σ_L² s(x)
  }

  const varianceP = (x: Float32Array, variance: number): number => meanP(x, variance, (value) => value * value)

  function expectNormal(what: string, x: Float32Array, variance: number): void {
    expectAgreement(`${what}: law`, distributionP(x, (value) => normalCdf(value / Math.sqrt(variance))))
    expectAgreement(`${what}: variance`, varianceP(x, variance))
  }

  test('every level ends with its variance, and the last step takes the noise away', async () => {
    const v = 0.6
    const x = (await states(annealedLangevin({ steps_per_level: stepsPerLevel }), modelOf('gaussian', 1, noise, gaussianScore(v)))).map(([x0]) => x0 as Float32Array)
    const variances = variancesOf(v, autoStepSize(noise.levels, stepsPerLevel))
    expect(x).toHaveLength(variances.length)
    for (const i of [...ends, x.length - 1]) expectNormal(`after ${i + 1} steps`, x[i] as Float32Array, variances[i] as number)
    expectRejection('variance of the last state, of the state before', varianceP(x.at(-2) as Float32Array, variances.at(-1) as number))
  }, TIMEOUT)

  describe('that is 0', () => {
    const a = 0.4
    const sampler = annealedLangevin({ step_size: a * smallest ** 2, steps_per_level: stepsPerLevel, denoise: false })
    const model = modelOf('point', 1, noise, gaussianScore(0))
    const stationary = (sigma: number): number => sigma ** 2 / (1 - a / 2)

    test('every level has variance σ_l²/(1 − α_0/(2σ_L²))', async () => {
      const x = await states(sampler, model)
      ends.forEach((end, l) => expectNormal(`level ${l}`, x[end]?.[0] as Float32Array, stationary(noise.levels[l] as number)))
    }, TIMEOUT)

    test.each([halvedNoise, deafToLevels])('it has not $what', async ({ of }) => {
      const x = await unlessDiverged(states(of(sampler), model))
      ends.slice(0, -1).forEach((end, l) => expectRejection(`level ${l}`, x === undefined ? 0 : varianceP(x[end]?.[0] as Float32Array, stationary(noise.levels[l] as number))))
    }, TIMEOUT)
  })
})

describe('on eight Gaussians', () => {
  const [radius, scale, smallest] = [4, 0.3, 0.2]
  const means = Array.from({ length: 8 }, (_, k) => [radius * Math.cos((k * Math.PI) / 4), radius * Math.sin((k * Math.PI) / 4)])
  const noise = geometric({ largest: 8, smallest, levels: 8 })
  const sampler = annealedLangevin({ steps_per_level: 20 })

  /** All start alike around the centre, and a turn by an eighth changes nothing: each has a mass of exactly an eighth. */
  const masses = classes(modeOfRing, means.map(() => 1 / 8))

  test('with their exact score, every mode has its mass', async () => {
    const last = (await states(sampler, modelOf('ring', 2, noise, mixtureScore(means, scale ** 2)))).at(-1) as Coordinates
    expectAgreement('mass of modes', masses(last))
  }, TIMEOUT)
})

describe('on two modes far apart, of masses .8 and .2', () => {
  const [means, weights] = [[[5, 5], [-5, -5]], [0.8, 0.2]]
  const noise = geometric({ largest: 15, smallest: 0.1, levels: 30 })
  const [chains, steps_per_level] = [4000, 100]
  const massOf = ([x = new Float32Array(), y = new Float32Array()]: Coordinates): number => x.filter((value, i) => value + (y[i] as number) > 0).length / x.length

  test('annealed dynamics give the larger one .8 ± .03, with the exact score', async () => {
    const model = modelOf('two modes', 2, noise, mixtureScore(means, 1, weights))
    const sampler = annealedLangevin({ steps_per_level, step_size: 0.2 * 0.1 ** 2 })
    const steps = noise.levels.length * steps_per_level + 1
    const batches = await gather(sample(sampler, { model, chains, every: steps, seed: seed(3), executor }))
    expect(Math.abs(massOf(['x0', 'x1'].map((name) => batches[0]?.getChild(name)?.toArray() as Float32Array)) - 0.8)).toBeLessThan(0.03)
  }, TIMEOUT)

  test('Langevin dynamics without levels, on the exact energy, leave it one half', async () => {
    const energy = gaussianMixture({ components: means.map((mean, k) => ({ mean, weight: weights[k] as number })) })
    const states = await finalStates(langevin({ step_size: 0.05 }), { energy, chains, steps: 1000, start: uniformStart({ low: -8, high: 8 }), seed: seed(3), executor })
    expect(Math.abs(massOf(states) - 0.5)).toBeLessThan(0.05)
  }, TIMEOUT)
})
