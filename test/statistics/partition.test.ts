/** log Z by weights along a path: near the truth as often as the standard error says, and not by broken twins. */
import type { RecordBatch } from 'apache-arrow'
import { from } from 'rxjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import type { Energy } from '../../src/models/energies/contract.ts'
import { doubleWell } from '../../src/models/energies/double-well.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import { ising } from '../../src/models/energies/ising.ts'
import { manyWell } from '../../src/models/energies/many-well.ts'
import { annealedImportanceSampling } from '../../src/models/samplers/annealed-importance-sampling.ts'
import type { OwnStart, Sampler } from '../../src/models/samplers/contract.ts'
import { gibbs } from '../../src/models/samplers/gibbs.ts'
import { hmc } from '../../src/models/samplers/hmc.ts'
import { randomWalk } from '../../src/models/samplers/random-walk.ts'
import { smc } from '../../src/models/samplers/smc.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import { estimateLogZ } from '../../src/streams/operators/estimate-log-z.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { column, gather } from '../streams/operators/sample/particles.ts'
import { ALPHA, expectAgreement, expectRejection, seed } from './checks.ts'
import { chiSquareTail, normalTails } from './probability.ts'
import { spoiled } from './faulty-draws.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

/** Compiling takes seconds, and much longer beside other work. */
const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

interface Known {
  readonly name: string
  readonly energy: Declared<Energy>
  readonly temperature: number
  readonly log_z: number
  /** What moves, and where the path begins; of spins at all states alike. */
  readonly path: { readonly sampler: Declared<Sampler>; readonly prior?: { readonly scale: number } }
}

const WALK = { sampler: randomWalk({ scale: 0.7 }), prior: { scale: 2 } }

const GAUSSIAN: Known = {
  name: 'gaussian',
  energy: gaussian({ dim: 3, mean: [1, -1, 0], scale: [0.7, 1, 1.5], correlation: 0.5 }),
  temperature: 1.5,
  log_z: 1.5 * Math.log(2 * Math.PI * 1.5) + Math.log(0.7 * 1.5) + Math.log(1 - 0.5 ** 2), // log det of c^|i−j| is 2 log(1 − c²)
  path: WALK,
}
const DOUBLE_WELL: Known = { name: 'double_well', energy: doubleWell({ dim: 2 }), temperature: 1, log_z: 2 * Math.log(1.410915), path: WALK }
const ISING: Known = {
  name: 'ising ring',
  energy: ising({ sites: [10] }),
  temperature: 2,
  log_z: Math.log(3405.206687), // by the transfer matrix
  path: { sampler: gibbs({}) },
}

const KNOWN: readonly Known[] = [
  GAUSSIAN,
  DOUBLE_WELL,
  { name: 'many_well of 8', energy: manyWell({ dim: 8 }), temperature: 1, log_z: 8 * 5.1467399, path: { sampler: hmc({ step_size: 0.15, steps: 4 }), prior: { scale: 2 } } },
  ISING,
]

type Method = (known: Known) => Declared<Sampler>

/** Over the path to a target: levels are few, so that moves matter. */
const LEVELS = 60

const annealed = (direction: 'forward' | 'reverse', levels = LEVELS): Method => ({ path: { sampler, ...prior } }) => annealedImportanceSampling({ levels, direction, ...prior }, { sampler })

interface Estimate {
  readonly beta: number
  readonly log_z: number
  readonly standard_error: number
}

const CHAINS = 4000

/** The particles of the last step. */
function drawn(sampler: Declared<Sampler>, { energy, temperature }: Known, chains: number, fixed: number): Promise<RecordBatch[]> {
  const steps = sampler.numSteps === undefined ? 200 : LEVELS
  return gather(sample(sampler, { energy, temperature, chains, steps, every: steps, seed: seed(fixed), stream: sampler.is.name, executor }))
}

async function estimateOf(particles: readonly RecordBatch[]): Promise<Estimate> {
  const rows = await gather(from(particles).pipe(estimateLogZ()))
  const last = (name: string): number => column(rows, name).at(-1) as number
  return { beta: last('beta'), log_z: last('log_z'), standard_error: last('standard_error') }
}

const estimated = async (sampler: Declared<Sampler>, known: Known, chains = CHAINS, fixed = 1): Promise<Estimate> => estimateOf(await drawn(sampler, known, chains, fixed))

const zOf = ({ log_z, standard_error }: Estimate, truth: number): number => (log_z - truth) / standard_error

const pOf = (estimate: Estimate, truth: number): number => normalTails(zOf(estimate, truth))

/** The sampler, changed. */
const twin = (sampler: Declared<Sampler>, what: string, changes: Partial<Sampler>): Declared<Sampler> =>
  ({ ...sampler, ...changes, is: { ...sampler.is, name: `${sampler.is.name} ${what}` } })

/** Its moves are made without a Metropolis test. */
const withoutTest = (sampler: Declared<Sampler>): Declared<Sampler> =>
  ({ ...sampler, step: (...given) => spoiled({ uniform: (drawn) => tf.zerosLike(drawn) }, () => sampler.step(...given)), is: { ...sampler.is, name: `${sampler.is.name} without its test` } })

/** Begins elsewhere than it takes for granted. */
const tooWide = (sampler: Declared<Sampler>): Declared<Sampler> => {
  const { start } = sampler as { start: OwnStart }
  return twin(sampler, 'that begins too wide', { start: { ...start, draw: (...given) => tf.mul<Tensor2D>(1.3, start.draw(...given)) } })
}

/** Weighs a particle where it is after its move, no longer a draw of the level before. */
const tooLate = (sampler: Declared<Sampler>): Declared<Sampler> => twin(sampler, 'that weighs too late', {
  step(key, state, target, tuning) {
    const [{ x }] = sampler.step(key, state, target, tuning)
    const [{ x: _, ...weighed }, info] = sampler.step(key, { ...state, x }, target, tuning)
    return [{ ...weighed, x }, info]
  },
})

type Break = (sampler: Declared<Sampler>) => Declared<Sampler>

const METHODS: readonly { readonly name: string; readonly method: Method; readonly twins: readonly Break[] }[] = [
  { name: 'annealed_importance_sampling', method: annealed('forward'), twins: [withoutTest, tooWide, tooLate] },
  { name: 'smc', method: ({ path: { sampler, ...prior } }) => smc({ levels: LEVELS, ...prior }, { sampler }), twins: [withoutTest, tooWide] },
  {
    name: 'smc of adaptive levels',
    method: ({ path: { sampler, ...prior } }) => smc({ levels: 'adaptive', retain: 0.95, moves: 2, ...prior }, { sampler }),
    twins: [withoutTest, tooWide],
  },
]

describe.each(METHODS)('$name', ({ method, twins }) => {
  test.each(KNOWN.map((known) => [known.name, known] as const))('finds log Z of %s within its standard error', async (_, known) => {
    const estimate = await estimated(method(known), known)
    expect(estimate.beta).toBe(1)
    expect(estimate.standard_error).toBeLessThan(0.1)
    expectAgreement(`log Z of ${known.name}`, pOf(estimate, known.log_z))
  }, TIMEOUT)

  test.each(twins.map((broken) => [broken(method(DOUBLE_WELL)).is.name, broken] as const))('is told from a twin: %s', async (name, broken) => {
    expectRejection(`log Z of double_well by ${name}`, pOf(await estimated(broken(method(DOUBLE_WELL)), DOUBLE_WELL), DOUBLE_WELL.log_z))
  }, TIMEOUT)
})

describe('standard errors', () => {
  const [RUNS, SOME] = [100, 400]

  /** Σ z² over runs of other seeds: of so many degrees of freedom where the error is right. */
  async function squares(sampler: Declared<Sampler>, seen = (batches: RecordBatch[]): RecordBatch[] => batches): Promise<number> {
    let sum = 0
    for (let run = 0; run < RUNS; run++) sum += Math.min(1000, zOf(await estimateOf(seen(await drawn(sampler, DOUBLE_WELL, SOME, 100 + run))), DOUBLE_WELL.log_z) ** 2) // an error may be 0
    return sum
  }

  /** Particles that are taken for their own ancestors. */
  const orphans = (batches: RecordBatch[]): RecordBatch[] => batches.map((batch) => batch.select(batch.schema.names.filter((name) => name !== 'ancestor')))

  test('of annealed importance sampling are those of runs with other seeds', async () => {
    const sum = await squares(annealed('forward')(DOUBLE_WELL))
    expectAgreement('Σ z², not too large', chiSquareTail(sum, RUNS), ALPHA / 2)
    expectAgreement('Σ z², not too small', 1 - chiSquareTail(sum, RUNS), ALPHA / 2)
  }, TIMEOUT)

  test('of sequential Monte Carlo are at least those, and not without ancestors', async () => {
    const sampler = (METHODS[1] as (typeof METHODS)[0]).method(DOUBLE_WELL)
    const sum = await squares(sampler)
    expectAgreement('Σ z²', chiSquareTail(sum, RUNS))
    expect(sum).toBeGreaterThan(RUNS / 10) // an error ten times too large would tell nothing
    expectRejection('Σ z² of particles without ancestors', chiSquareTail(await squares(sampler, orphans), RUNS))
  }, TIMEOUT)
})

describe('forward and reverse', () => {
  const MIXTURE: Known = {
    name: 'gaussian_mixture',
    energy: gaussianMixture({ components: [{ mean: [-1, 0.5], scale: 0.6, weight: 0.3 }, { mean: [1, -0.5], scale: 0.8, weight: 0.7 }] }),
    temperature: 1,
    log_z: 0,
    path: WALK,
  }

  /** How far the mean of the logarithms of weights lies above log Z, in its standard errors. */
  async function excess(sampler: Declared<Sampler>, known: Known, weight: string): Promise<number> {
    const logs = column(await drawn(sampler, known, CHAINS, 3), weight) as number[]
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
    return (mean - known.log_z) / Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length ** 2)
  }

  test.each([GAUSSIAN, MIXTURE].map((known) => [known.name, known] as const))('bracket log Z of %s, and agree on it', async (_, known) => {
    expect(await excess(annealed('forward')(known), known, 'log_weight')).toBeLessThan(-5)
    expect(await excess(annealed('reverse')(known), known, 'reverse_log_weight')).toBeGreaterThan(5)
    const reverse = await estimated(annealed('reverse')(known), known)
    expect(reverse.beta).toBe(0)
    expectAgreement(`log Z of ${known.name}, in reverse`, pOf(reverse, known.log_z))
  }, TIMEOUT)

  test('the reverse is told from a twin that does not begin at draws of the target', async () => {
    expectRejection('log Z in reverse', pOf(await estimated(tooWide(annealed('reverse')(MIXTURE)), MIXTURE), MIXTURE.log_z))
  }, TIMEOUT)
})
