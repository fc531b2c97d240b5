/**
 * Parallel tempering crosses a barrier that its sampler alone does not: from one mode of two it finds the weights of both.
 * Each of its rungs has the law of its temperature, where a support is mapped too.
 */
import { afterAll, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { beta } from '../../src/models/energies/beta.ts'
import type { Energy } from '../../src/models/energies/contract.ts'
import { gamma } from '../../src/models/energies/gamma.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { parallelTempering } from '../../src/models/samplers/parallel-tempering.ts'
import { randomWalk } from '../../src/models/samplers/random-walk.ts'
import { gaussianStart } from '../../src/models/starts/gaussian.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { distributionP, expectAgreement, expectRejection, meanP, rateP, seed } from './checks.ts'
import { finalStates } from './final-states.ts'
import { cdfOfDensity } from './probability.ts'
import { deafToSlopes, withoutSwapTest } from './twins.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

const CHAINS = 4000
const executor = inlineExecutor()
afterAll(() => executor.close())

const WEIGHTS = [0.3, 0.7]
/** 16 standard deviations apart: a barrier of 31 nats. */
const energy = gaussianMixture({ components: [-4, 4].map((mean, i) => ({ mean: [mean], scale: 0.5, weight: WEIGHTS[i] as number })) as never })

/** Final states of chains that all begin in the lighter mode. */
async function drawn(sampler: Declared<Sampler>): Promise<Float32Array> {
  const [x] = await finalStates(sampler, { energy, start: gaussianStart({ mean: -4, scale: 0.5 }), chains: CHAINS, steps: 1500, seed: seed(5), executor })
  return x as Float32Array
}

const heavier = (x: Float32Array): number => x.filter((value) => value > 0).length

const LADDER = [1, 2.2, 4.8, 10.6, 23, 50]

test.each([{ name: 'random_walk', sampler: randomWalk({ scale: 0.6 }) }, { name: 'mala', sampler: mala({ step_size: 0.15 }) }])('over $name', async ({ sampler }) => {
  const tempering = parallelTempering({ ladder: LADDER }, { sampler })
  const x = await drawn(tempering)
  expectAgreement('weight of the heavier mode', rateP(heavier(x), CHAINS, WEIGHTS[1] as number))
  const within = x.filter((value) => value > 0).map((value) => value - 4)
  expectAgreement('variance within it', meanP(within, 0.25, (value) => value * value))
  expect(heavier(await drawn(sampler)), 'chains that cross without tempering').toBe(0)
  expectRejection('variance, swapped without a test', meanP((await drawn(withoutSwapTest.of(tempering))).filter((value) => value > 0).map((value) => value - 4), 0.25, (value) => value * value))
}, 120_000)

/** At temperature 4, p(x)^¼ up to its norm. */
const HOT: readonly (readonly [name: string, energy: Declared<Energy>, law: (x: number) => number])[] = [
  ['gamma', gamma({ shape: 2 }), cdfOfDensity((x) => x ** 0.25 * Math.exp(-x / 4), 0, 200)],
  ['beta', beta({ a: 2, b: 5 }), cdfOfDensity((x) => x ** 0.25 * (1 - x), 0, 1)],
]

const WALKS: readonly (readonly [name: string, sampler: Declared<Sampler>])[] = [['random_walk', randomWalk({ scale: 0.8 })], ['mala', mala({ step_size: 0.3 })]]

test.each(HOT.flatMap((target) => WALKS.map((walk) => [target[0], walk[0], target, walk] as const)))('a hot rung of a bounded target, %s over %s', async (_, __, [name, hot, law], [, sampler]) => {
  const rung = parallelTempering({ ladder: [1, 4], rung: 1 }, { sampler })
  const drawnHot = async (of: Declared<Sampler>): Promise<Float32Array> => (await finalStates(of, { energy: hot, chains: CHAINS, steps: 300, seed: seed(6), executor }))[0] as Float32Array
  expectAgreement(`law of ${name} at temperature 4`, distributionP(await drawnHot(rung), law))
  expectRejection('law, with slopes that are tempered', distributionP(await drawnHot(deafToSlopes.of(rung)), law))
}, 120_000)
