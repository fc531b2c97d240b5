/** Parallel tempering crosses a barrier that its sampler alone does not: from one mode of two it finds the weights of both. */
import { afterAll, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { parallelTempering } from '../../src/models/samplers/parallel-tempering.ts'
import { randomWalk } from '../../src/models/samplers/random-walk.ts'
import { gaussianStart } from '../../src/models/starts/gaussian.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { expectAgreement, expectRejection, meanP, rateP, seed } from './checks.ts'
import { finalStates } from './final-states.ts'
import { withoutSwapTest } from './twins.ts'

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
