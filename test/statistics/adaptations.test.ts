/** Adaptations reach what they are asked for, with whatever sampler they can tune: an acceptance rate within .03, a variance of the energy error within a quarter. */
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import type { Adaptation } from '../../src/models/adaptations/contract.ts'
import { dualAveraging } from '../../src/models/adaptations/dual-averaging.ts'
import { windows } from '../../src/models/adaptations/windows.ts'
import { doubleWell } from '../../src/models/energies/double-well.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { misfitOf } from '../../src/models/samplers/fit.ts'
import { hmc } from '../../src/models/samplers/hmc.ts'
import { uniformStart } from '../../src/models/starts/uniform.ts'
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
const [TRIALS, CHAINS, BURN_IN, STEPS] = [5, 16, 500, 100]

interface Aim {
  /** Of the adaptation's configuration. */
  readonly field: string
  readonly target: number
  readonly tolerance: number
  /** What a twin aims at. */
  readonly elsewhere: number
  /** What was reached, by the column that the adaptation sees. */
  reached(values: readonly number[]): number
}

const AIMS: Readonly<Record<Adaptation['sees'], Aim>> = {
  acceptance_rate: { field: 'target_acceptance', target: 0.8, tolerance: 0.03, elsewhere: 0.9, reached: (rates) => meanOf(rates) },
  energy_error: { field: 'target_variance', target: 5e-4, tolerance: 1.25e-4, elsewhere: 1e-3, reached: (errors) => meanOf(errors.map((error) => error * error)) / energy.dim },
}

/** Where what is plain cannot be tuned to every rate. */
const INSTEAD: Readonly<Record<string, Declared<Sampler>>> = {
  hmc: hmc({ steps: 3 }), // ten steps of one length come round to where they began: the rate rises again with the step size
}

/** What was reached after the burn-in, by each trial. */
async function figures(sampler: Declared<Sampler>, adapt: Declared<Adaptation>): Promise<number[]> {
  const made: number[] = []
  for (let trial = 1; trial <= TRIALS; trial++) {
    const batches = await gather(sample(sampler, { energy, chains: CHAINS, burn_in: BURN_IN, steps: STEPS, adapt, seed: seed(trial), executor }))
    made.push(AIMS[adapt.sees].reached(column(batches, adapt.sees) as number[]))
  }
  return made
}

/** Of a mean within the tolerance of the target. */
const nearP = (values: readonly number[], { target, tolerance }: Aim): number => meanP(values, Math.min(target + tolerance, Math.max(target - tolerance, meanOf(values))))

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const samplers = await Promise.all(builtin.of('sampler').map(async (unit) => INSTEAD[unit.name] ?? await plainOf<Sampler>(unit)))
const adaptations = await Promise.all(builtin.of('adaptation').map(async (unit) => {
  const { part } = await exampleOf(unit)
  const aim = AIMS[(await instantiate<Adaptation>(part)).sees]
  return { name: unit.name, aim, of: (value: number) => instantiate<Adaptation>({ ...part, config: { ...part.config, [aim.field]: value } }) }
}))
const pairs = adaptations.flatMap(({ name, aim, of }) => samplers
  .filter((sampler) => misfitOf(sampler, of(aim.target), energyTarget(energy), 'gaussian') === undefined)
  .map((sampler) => ({ name: `${name} of ${sampler.is.name}`, sampler, aim, of })))

test('each adaptation has something to tune', () => {
  expect(adaptations.filter(({ name }) => !pairs.some((pair) => pair.name.startsWith(`${name} of `)))).toEqual([])
})

describe.each(pairs)('$name', ({ sampler, aim, of }) => {
  test('reaches its aim', async () => {
    expectAgreement(aim.field, nearP(await figures(sampler, of(aim.target)), aim))
  }, TIMEOUT)

  test('is told from a twin that aims elsewhere', async () => {
    expectRejection(aim.field, nearP(await figures(sampler, of(aim.elsewhere)), aim))
  }, TIMEOUT)
})

test.each([['dual_averaging', dualAveraging({})], ['windows', windows({})]] as const)('%s leaves no chain behind in a steep place', async (_, adapt) => {
  const batches = await gather(sample(hmc({ steps: 3 }), {
    energy: doubleWell({ height: 2 }), start: uniformStart({ low: -12, high: 12 }), chains: 500, burn_in: 200, steps: 1, adapt, seed: seed(1), executor,
  }))
  expect((column(batches, 'x0') as number[]).filter((x) => Math.abs(x) > 3)).toEqual([]) // whose energy is above 128
}, TIMEOUT)
