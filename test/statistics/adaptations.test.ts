/** Adaptations reach the acceptance rate that they are asked for, within .03, with whatever sampler they can tune. */
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import type { Adaptation } from '../../src/models/adaptations/contract.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { misfitOf } from '../../src/models/samplers/fit.ts'
import { hmc } from '../../src/models/samplers/hmc.ts'
import { energyTarget } from '../../src/models/target.ts'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'
import { exampleOf } from '../conformance/examples.ts'
import { plainOf } from '../conformance/harness.ts'
import { needs } from '../needs.ts'
import { column, gather } from '../streams/operators/sample/particles.ts'
import { expectAgreement, expectRejection, meanP, seed } from './checks.ts'

needs('tensorflow')

/** Compiling takes seconds, and much longer beside other work. */
const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

/** Of many coordinates: of a few, the acceptance rate of a trajectory falls at once where leapfrog steps become unstable, and no step size has one below .7. */
const energy = gaussian({ dim: 50, scale: Array.from({ length: 50 }, (_, i) => 10 ** (i / 49 - 0.5)), correlation: 0.5 })

/** Trials adapt independently; their mean may lie so far from what was asked for. */
const [TRIALS, CHAINS, BURN_IN, STEPS, TARGET, TOLERANCE] = [5, 16, 500, 100, 0.8, 0.03]

/** Where what is plain cannot be tuned to every rate. */
const INSTEAD: Readonly<Record<string, Declared<Sampler>>> = {
  hmc: hmc({ steps: 3 }), // ten steps of one length come round to where they began: the rate rises again with the step size
}

/** Acceptance rates after the burn-in, one of each trial. */
async function rates(sampler: Declared<Sampler>, adapt: Declared<Adaptation>): Promise<number[]> {
  const made: number[] = []
  for (let trial = 1; trial <= TRIALS; trial++) {
    const batches = await gather(sample(sampler, { energy, chains: CHAINS, burn_in: BURN_IN, steps: STEPS, adapt, seed: seed(trial), executor }))
    made.push(meanOf(column(batches, 'acceptance_rate') as number[]))
  }
  return made
}

/** Of a mean within the tolerance of the target. */
const nearP = (values: readonly number[]): number => meanP(values, Math.min(TARGET + TOLERANCE, Math.max(TARGET - TOLERANCE, meanOf(values))))

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const samplers = await Promise.all(builtin.of('sampler').map(async (unit) => INSTEAD[unit.name] ?? await plainOf<Sampler>(unit)))
const adaptations = await Promise.all(builtin.of('adaptation').map(async (unit) => {
  const { part } = await exampleOf(unit)
  return { name: unit.name, of: (target_acceptance: number) => instantiate<Adaptation>({ ...part, config: { ...part.config, target_acceptance } }) }
}))
const pairs = adaptations.flatMap(({ name, of }) => samplers
  .filter((sampler) => misfitOf(sampler, of(TARGET), energyTarget(energy), 'gaussian') === undefined)
  .map((sampler) => ({ name: `${name} of ${sampler.is.name}`, sampler, of })))

test('each adaptation has something to tune', () => {
  expect(adaptations.filter(({ name }) => !pairs.some((pair) => pair.name.startsWith(`${name} of `)))).toEqual([])
})

describe.each(pairs)('$name', ({ sampler, of }) => {
  test('reaches its rate', async () => {
    expectAgreement('acceptance rate', nearP(await rates(sampler, of(TARGET))))
  }, TIMEOUT)

  test('is told from a twin that aims elsewhere', async () => {
    expectRejection('acceptance rate', nearP(await rates(sampler, of(TARGET + 0.1))))
  }, TIMEOUT)
})
