/** The diagnostics of draws give what ArviZ gives, on draws of many shapes: see fixtures/diagnostics/make.py. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Draws } from '../../../src/models/diagnostics/contract.ts'
import { eBfmi } from '../../../src/models/diagnostics/e-bfmi.ts'
import { essBulk, essMean, essQuantile, essSd, essTail } from '../../../src/models/diagnostics/ess.ts'
import { mcseMean, mcseQuantile, mcseSd } from '../../../src/models/diagnostics/mcse.ts'
import { rHat, splitRHat } from '../../../src/models/diagnostics/r-hat.ts'

type Written = number | string | null

interface Case {
  readonly name: string
  readonly chains: number
  readonly draws: number
  /** [chains, draws]; absent where the draws are made by `congruential`. */
  readonly values?: readonly Written[]
  readonly phi?: number
  /** By measure. */
  readonly expected: Readonly<Record<string, Written>>
  /** By chain. */
  readonly e_bfmi: readonly Written[]
}

interface Fixture {
  readonly origin: Readonly<Record<string, string | number>>
  readonly probabilities: readonly number[]
  readonly cases: readonly Case[]
}

const fixture = JSON.parse(readFileSync('fixtures/diagnostics/arviz.json', 'utf8')) as Fixture
const numberOf = (value: Written): number => (value === null ? NaN : value === 'inf' ? Infinity : Number(value))

/** As make.py does it. */
function congruential(chains: number, draws: number, phi: number): Float64Array {
  const values = new Float64Array(chains * draws)
  for (let c = 0; c < chains; c++) {
    let [word, state] = [c + 1, 0]
    for (let t = 0; t < draws; t++) {
      word = (word * 48271) % 2147483647
      state = phi * state + (word / 2147483647 - 0.5)
      values[c * draws + t] = state
    }
  }
  return values
}

const drawsOf = ({ chains, draws, values, phi }: Case): Draws =>
  ({ chains, draws, values: values === undefined ? congruential(chains, draws, phi as number) : Float64Array.from(values, numberOf) })

const MEASURES: Readonly<Record<string, (draws: Draws) => number>> = {
  r_hat: rHat, split_r_hat: splitRHat,
  ess_bulk: essBulk, ess_tail: essTail, ess_mean: essMean, ess_sd: essSd,
  mcse_mean: mcseMean, mcse_sd: mcseSd,
  ...Object.fromEntries(fixture.probabilities.flatMap((p) => [
    [`ess_quantile_${p}`, (draws: Draws) => essQuantile(draws, p)],
    [`mcse_quantile_${p}`, (draws: Draws) => mcseQuantile(draws, p)],
  ])),
}

/** The measures that are farther from ArviZ's than 1e-8 of the value; of what is all but zero, of 1e-4. */
function differing(draws: Draws, { expected, e_bfmi }: Case): string[] {
  const energies = eBfmi(draws)
  const pairs = [
    ...Object.entries(expected).map(([name, value]) => [name, MEASURES[name]?.(draws) as number, numberOf(value)] as const),
    ...e_bfmi.map((value, c) => [`e_bfmi of chain ${c}`, energies[c] as number, numberOf(value)] as const),
  ]
  return pairs.filter(([, actual, truth]) => !(Object.is(actual, truth) || Math.abs(actual - truth) <= 1e-8 * Math.max(Math.abs(truth), 1e-4)))
    .map(([name, actual, truth]) => `${name}: ${actual}, ArviZ ${truth}`)
}

it.each(fixture.cases)('$name', (one) => {
  expect(one.e_bfmi).toHaveLength(one.chains)
  expect(differing(drawsOf(one), one)).toEqual([])
})

it('draws that are not quite those are told apart, by every measure', () => {
  const one = fixture.cases.find(({ name }) => name === 'odd') as Case
  const draws = drawsOf(one)
  const moved = { ...draws, values: draws.values.map((value, i) => (i % 3 === 0 ? value + 0.3 : value)) }
  expect(differing(moved, one)).toHaveLength(Object.keys(MEASURES).length + draws.chains)
})

it('the fixture says where it is from, and holds every measure', () => {
  expect(fixture.origin).toMatchObject({ by: 'fixtures/diagnostics/make.py', arviz: '0.22.0' })
  expect(fixture.cases.length).toBeGreaterThan(25)
  for (const { expected } of fixture.cases) expect(Object.keys(expected).sort()).toEqual(Object.keys(MEASURES).sort())
})
