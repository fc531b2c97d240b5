/** Samplers leave their targets as they are, and the checks that say so find out broken twins. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor, normal } from '../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { samplers } from '../../src/models/samplers/index.ts'
import { langevin } from '../../src/models/samplers/langevin.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { metropolisHastings } from '../../src/models/samplers/metropolis-hastings.ts'
import { nuts } from '../../src/models/samplers/nuts.ts'
import { underdampedLangevin } from '../../src/models/samplers/underdamped-langevin.ts'
import { gaussianStart } from '../../src/models/starts/gaussian.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { ALPHA, distributionP, expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { finalStates, unlessDiverged } from './final-states.ts'
import { normalCdf } from './probability.ts'
import { SAMPLERS, WAIVED, type SamplerRow } from './samplers.ts'
import { sideBySide, type SideBySide } from './side-by-side.ts'
import { TARGETS, type KnownTarget, type TargetSet } from './targets.ts'
import type { Coordinates } from './truths.ts'
import { frozen, withoutTest } from './twins.ts'

vi.mock('../../src/engine/rng/draw.ts', async (original) => (await import('./faulty-draws.ts')).faultyDraws(await original()))

needs('tensorflow')

const CHAINS = 10_000
/** Of a twin. What so few show wrong, more show the better. */
const CHAINS_OF_TWIN = 2_500
/** Compiling takes seconds, and much longer beside other work. */
const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

const SETS = Object.keys(TARGETS) as TargetSet[]
const beside = Object.fromEntries(SETS.map((set) => [set, sideBySide(TARGETS[set])])) as Record<TargetSet, SideBySide>
const targetsOf = (set: TargetSet): readonly KnownTarget[] => TARGETS[set]

const rowsOf = (set: TargetSet): readonly SamplerRow[] => SAMPLERS.filter(({ on }) => on === set)

const made = new Map<string, Promise<Coordinates | undefined>>()

/** Final states of independent chains on all targets of the row's set, drawn once; undefined if all diverged. */
function drawn(sampler: Declared<Sampler>, { on, steps }: SamplerRow, chains: number): Promise<Coordinates | undefined> {
  const stream = `${sampler.is.name} on ${on}`
  const { energy, temperature, start } = beside[on]
  const draws = made.get(stream) ?? unlessDiverged(finalStates(sampler, { energy, temperature, start, chains, steps, seed: seed(1), stream, executor }))
  made.set(stream, draws)
  return draws
}

interface Verdict {
  readonly claim: string
  readonly p: number
  readonly alpha: number
}

/** Every truth of a target; the truths of a target share one ALPHA. */
function verdicts(target: KnownTarget, set: TargetSet, draws: Coordinates | undefined): Verdict[] {
  const truths = Object.entries(target.truths)
  return truths.map(([claim, truth]) =>
    ({ claim: `${target.name}: ${claim}`, p: draws === undefined ? 0 : truth(beside[set].of(target, draws)), alpha: ALPHA / truths.length }))
}

/** The targets of the row's set of which some truth fails for a twin. */
async function failing(twin: Declared<Sampler>, row: SamplerRow): Promise<string[]> {
  const draws = await drawn(twin, row, CHAINS_OF_TWIN)
  return targetsOf(row.on).filter((target) => verdicts(target, row.on, draws).some(({ p, alpha }) => p < alpha)).map(({ name }) => name)
}

describe.each(SAMPLERS.map((row) => ({ name: row.sampler.is.name, row })))('$name', ({ row }) => {
  const { sampler, on, twins } = row

  test('leaves every target as it is', async () => {
    const draws = await drawn(sampler, row, CHAINS)
    for (const target of targetsOf(on)) for (const { claim, p, alpha } of verdicts(target, on, draws)) expectAgreement(claim, p, alpha)
  }, TIMEOUT)

  test.each(twins.map((twin) => ({ what: twin.what, twin })))('is told from a twin $what', async ({ twin }) => {
    expect(await failing(twin.of(sampler), row)).not.toEqual([])
  }, TIMEOUT)

  test('has a twin that fails on each target', async () => {
    const found = await Promise.all(twins.map((twin) => failing(twin.of(sampler), row)))
    expect(targetsOf(on).map(({ name }) => name).filter((name) => !found.flat().includes(name))).toEqual([])
  }, TIMEOUT)
})

describe.each(SETS)('the %s targets', (set) => {
  const [row] = rowsOf(set) as [SamplerRow]

  test('show a sampler that never moves', async () => {
    expect(await failing(frozen.of(row.sampler), row)).not.toEqual([])
  }, TIMEOUT)

  test('have no truth that cannot fail', async () => {
    const draws = await drawn(row.sampler, row, CHAINS) as Coordinates
    const spoiled = (target: KnownTarget): Coordinates[] => {
      const own = beside[set].of(target, draws)
      const middle = (own[0] as Float32Array).toSorted()[CHAINS / 2] as number
      return [
        own.map((x, i) => x.map((v) => v + 0.1 * (i + 1))),
        own.map((x) => x.map((v) => 1.2 * v)),
        own.map((x) => x.filter((_, chain) => chain % 2 === 0 || (own[0]?.[chain] as number) > middle)),
      ]
    }
    for (const target of targetsOf(set)) {
      for (const [claim, truth] of Object.entries(target.truths)) {
        expectRejection(`${target.name}: ${claim}, of draws moved, stretched or tilted`, Math.min(...spoiled(target).map(truth)), ALPHA / Object.keys(target.truths).length)
      }
    }
  }, TIMEOUT)
})

describe('on N(0, v)', () => {
  const v = 0.8
  const energy = gaussian({ dim: 1, scale: Math.sqrt(v) })

  /** Whether final states have variance `truth`; 60 steps forget any start at these step sizes. */
  async function hasVariance(sampler: Declared<Sampler>, truth: number): Promise<{ law: number; variance: number }> {
    const [x] = await finalStates(sampler, { energy, start: gaussianStart({ scale: 2 }), chains: CHAINS, steps: 60, seed: seed(2), executor }) as [Float32Array]
    return { law: distributionP(x, (value) => normalCdf(value / Math.sqrt(truth))), variance: meanP(x, truth, (value) => value * value) }
  }

  /** Steps that lean toward 0, as a proposal of one's own: x' = x/2 + ξ. */
  const leaning = (ratio: -1 | 0 | 1): Declared<Sampler> => ({
    is: { kind: 'sampler', name: 'leaning', config: { ratio } },
    ...metropolisHastings((key, before) => {
      const x = tf.add<Tensor2D>(tf.mul(0.5, before), normal(key, before.shape))
      const logQ = (to: Tensor2D, from: Tensor2D): Tensor1D => tf.mul(-0.5, tf.sum(tf.square(tf.sub(to, tf.mul(0.5, from))), 0))
      return { x, log_ratio: tf.mul(ratio, tf.sub(logQ(before, x), logQ(x, before))) }
    }),
  })

  test('a proposal of one\'s own leaves it as it is, with its ratio, and not without it or with the inverse', async () => {
    const exact = await hasVariance(leaning(1), v)
    expectAgreement('law', exact.law)
    expectAgreement('variance', exact.variance)
    for (const wrong of [0, -1] as const) expectRejection(`variance with the ratio to the power of ${wrong}`, (await hasVariance(leaning(wrong), v)).variance)
  }, TIMEOUT)

  test.each([0.2, 0.7, 1.2])('langevin of step size %d has variance v/(1 − η/(2v)), and not v', async (eta) => {
    const biased = await hasVariance(langevin({ step_size: eta }), v / (1 - eta / (2 * v)))
    expectAgreement('law', biased.law)
    expectAgreement('variance', biased.variance)
    expectRejection('variance v', (await hasVariance(langevin({ step_size: eta }), v)).variance)
  }, TIMEOUT)

  test.each([0.7, 1.4])('underdamped_langevin of step size %d has variance v', async (step_size) => {
    const exact = await hasVariance(underdampedLangevin({ step_size }), v)
    expectAgreement('law', exact.law)
    expectAgreement('variance', exact.variance)
  }, TIMEOUT)

  test('nuts of long steps has variance v, and not if it always prefers the new half', async () => {
    const long = nuts({ step_size: 1.3 }) // of short ones every point weighs the same
    const exact = await hasVariance(long, v)
    expectAgreement('law', exact.law)
    expectAgreement('variance', exact.variance)
    expectRejection('variance without the choice of halves', (await hasVariance(withoutTest.of(long), v)).variance)
  }, TIMEOUT)

  test.each([0.7])('mala of step size %d has variance v', async (eta) => {
    const exact = await hasVariance(mala({ step_size: eta }), v)
    expectAgreement('law', exact.law)
    expectAgreement('variance', exact.variance)
  }, TIMEOUT)
})

test('every sampler of the catalogue has a row, or a reason why not', () => {
  const rows = SAMPLERS.map(({ sampler }) => sampler.is.name)
  expect([...new Set([...rows, ...Object.keys(WAIVED)])].sort()).toEqual(samplers.map(({ name }) => name).sort())
  expect(rows.filter((name) => name in WAIVED)).toEqual([])
})
