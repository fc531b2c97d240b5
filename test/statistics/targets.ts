/**
 * Targets with known answers: what samplers are held to.
 *
 * A target is a row of TARGETS:
 *   name         of one word; it stands in the claims of the checks
 *   energy       a component of the catalogue, and the temperature that it is sampled at
 *   start        where chains begin: `exactStart({})` where the energy has independent draws at that
 *                temperature, so that a few steps show whether the law stays as it is; else a start
 *                that is over-dispersed, which a sampler must forget within its steps. Positions are
 *                where chains move: those of a bounded coordinate are on the whole line.
 *   truths       named checks with exact answers (truths.ts), by formulas that do not use the energy:
 *                at least the law of each coordinate, and what else is characteristic
 *
 * To add one, write a row in the set whose step sizes suit it: every sampler that runs on the set
 * (samplers.ts) is then held to it, some twin of each must fail on it, and each truth must fail of
 * draws that were spoiled. The targets of a set are sampled side by side, as one energy
 * (side-by-side.ts), because compiling a sampler takes longer than running it; so a target that is
 * narrow or strongly curved gets a set of its own, lest it slows down all. Of each set one target at
 * least has a start that is over-dispersed: only it tells a sampler that never moves.
 */
import type { Energy } from '../../src/models/energies/contract.ts'
import { beta } from '../../src/models/energies/beta.ts'
import { doubleWell } from '../../src/models/energies/double-well.ts'
import { exponential } from '../../src/models/energies/exponential.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import { ising } from '../../src/models/energies/ising.ts'
import { potts } from '../../src/models/energies/potts.ts'
import { product } from '../../src/models/energies/product.ts'
import { ringOfGaussians } from '../../src/models/energies/ring-of-gaussians.ts'
import type { DrawnStart } from '../../src/models/starts/contract.ts'
import { exactStart } from '../../src/models/starts/exact.ts'
import { statesStart } from '../../src/models/starts/states.ts'
import { uniformStart } from '../../src/models/starts/uniform.ts'
import type { Declared } from '../../src/unit.ts'
import { bondsOf, meansOver, statesOf } from '../models/energies/lattices.ts'
import { cdfOfDensity, normalCdf, normalMixtureCdf } from './probability.ts'
import { classes, coordinate, indicator, law, mean, type Truth } from './truths.ts'

export interface KnownTarget {
  readonly name: string
  readonly energy: Declared<Energy>
  readonly temperature: number
  readonly start: Declared<DrawnStart>
  readonly truths: Readonly<Record<string, Truth>>
}

const exact = exactStart({})

const normal = (m: number, variance: number) => (x: number): number => normalCdf((x - m) / Math.sqrt(variance))

/** Number of the mode of the ring that a point is nearest to. */
export const modeOfRing = ([x = 0, y = 0]: readonly number[]): number => (Math.round((Math.atan2(y, x) * 8) / (2 * Math.PI)) + 8) % 8

const UNEQUAL = [{ mean: [-1, 0.5], scale: 0.6, weight: 0.3 }, { mean: [1, -0.5], scale: 0.8, weight: 0.7 }]

const mixtureCdf = (i: number) => normalMixtureCdf(UNEQUAL.map(({ mean: m, ...rest }) => ({ ...rest, mean: m[i] as number })))

const RING = Array.from({ length: 8 }, (_, k) => ({ mean: 4 * Math.cos((k * Math.PI) / 4), scale: 0.5, weight: 1 / 8 }))

const HARMONIC: KnownTarget = {
  name: 'harmonic',
  energy: gaussian({ dim: 1, scale: 2 }), // k x²/2, k = ¼
  temperature: 0.125,
  start: exact,
  truths: { 'law of x': law(coordinate(0), normal(0, 0.5)), 'variance of x': mean(([x = 0]) => x * x, 0.5) },
}

const DOUBLE_WELL: KnownTarget = {
  name: 'double_well',
  energy: doubleWell({ height: 2 }),
  temperature: 1,
  start: uniformStart({ low: -1.4, high: 1.4 }),
  truths: {
    'law of x': law(coordinate(0), cdfOfDensity((x) => Math.exp(-2 * (x * x - 1) ** 2), -4, 4)),
    'E x²': mean(([x = 0]) => x * x, 0.852136),
    'P(|x| < ½)': mean(indicator(([x = 0]) => Math.abs(x) < 0.5), 0.135478),
  },
}

const BETA: KnownTarget = {
  name: 'beta',
  energy: beta({ a: 2, b: 5 }),
  temperature: 0.6,
  start: uniformStart({ low: -4, high: 2 }),
  truths: { // a' = 1/.6 + 1, b' = 4/.6 + 1
    'law of x': law(coordinate(0), cdfOfDensity((x) => x ** (1 / 0.6) * (1 - x) ** (4 / 0.6), 0, 1)),
    'E x': mean(coordinate(0), (1 / 0.6 + 1) / (5 / 0.6 + 2)),
  },
}

const sum = (x: readonly number[]): number => x.reduce((total, v) => total + v, 0)

/** Ising spins on a ring or a torus, by enumeration. */
function spins(name: string, sites: number[], coupling: number, field: number, temperature: number): KnownTarget {
  const bonds = bondsOf(sites)
  const both = (x: readonly number[], [i, j]: readonly [number, number]): number => (x[i] as number) * (x[j] as number)
  const alike = (x: readonly number[]): number => bonds.reduce((total, bond) => total + both(x, bond), 0)
  const means = meansOver(statesOf([-1, 1], sites.reduce((dim, extent) => dim * extent, 1)), (x) => -coupling * alike(x) - field * sum(x), temperature)
  const aligned = indicator((x) => Math.abs(sum(x)) === x.length)
  return {
    name,
    energy: ising({ sites, coupling, field }),
    temperature,
    start: statesStart({}),
    truths: {
      'mean of a spin': mean(coordinate(1), means(coordinate(1))),
      'mean of neighbours': mean((x) => both(x, [0, 1]), means((x) => both(x, [0, 1]))),
      'mean of bonds': mean(alike, means(alike)),
      'P(all spins alike)': mean(aligned, means(aligned)),
    },
  }
}

/** Potts sites of three states, by enumeration; as a product, which knows no conditionals. */
function colours(name: string, sites: number[], coupling: number): KnownTarget {
  const bonds = bondsOf(sites)
  const alike = (x: readonly number[]): number => bonds.filter(([i, j]) => x[i] === x[j]).length
  const apart = (x: readonly number[]): number => bonds.reduce((total, [i, j]) => total + ((x[i] as number) - (x[j] as number)) ** 2, 0)
  const first = (x: readonly number[]): number => coordinate(0)(x) ** 2 // of states 0, 1, 2 it is no mean of the others
  const means = meansOver(statesOf([0, 1, 2], sites.reduce((dim, extent) => dim * extent, 1)), (x) => -coupling * alike(x), 1)
  return {
    name,
    energy: product({}, { of: [potts({ sites, coupling: coupling / 4 }), potts({ sites, coupling: (3 * coupling) / 4 })] }),
    temperature: 1,
    start: statesStart({}),
    truths: { 'mean of x0²': mean(first, means(first)), 'squared differences of neighbours': mean(apart, means(apart)) },
  }
}

export const TARGETS = {
  gentle: [
    {
      name: 'gaussian',
      energy: gaussian({ dim: 2, mean: [1, -2], scale: [0.7, 1], correlation: 0.6 }),
      temperature: 2,
      start: exact,
      truths: {
        'law of x0': law(coordinate(0), normal(1, 2 * 0.49)),
        'law of x1': law(coordinate(1), normal(-2, 2)),
        'law of x0 + x1': law(([x = 0, y = 0]) => x + y, normal(-1, 2 * (0.49 + 1 + 2 * 0.6 * 0.7))),
        'law of x0 − x1': law(([x = 0, y = 0]) => x - y, normal(3, 2 * (0.49 + 1 - 2 * 0.6 * 0.7))),
        'variance of x0': mean(([x = 0]) => (x - 1) ** 2, 2 * 0.49),
        covariance: mean(([x = 0, y = 0]) => (x - 1) * (y + 2), 2 * 0.6 * 0.7),
      },
    },
    HARMONIC,
    DOUBLE_WELL,
    {
      name: 'ring_of_gaussians',
      energy: ringOfGaussians({}),
      temperature: 1,
      start: exact,
      truths: {
        'law of x0': law(coordinate(0), normalMixtureCdf(RING)),
        'law of x1': law(coordinate(1), normalMixtureCdf(RING)), // turned by a right angle it is the same
        'mass of modes': classes(modeOfRing, RING.map(({ weight }) => weight)),
        'E |x|²': mean(([x = 0, y = 0]) => x * x + y * y, 16.5),
      },
    },
    {
      name: 'gaussian_mixture',
      energy: gaussianMixture({ components: UNEQUAL as never }),
      temperature: 1,
      start: exact,
      truths: {
        'law of x0': law(coordinate(0), mixtureCdf(0)),
        'law of x1': law(coordinate(1), mixtureCdf(1)),
        'P(x0 < 0)': mean(indicator(([x = 0]) => x < 0), mixtureCdf(0)(0)),
        'E x0 x1': mean(([x = 0, y = 0]) => x * y, -0.5),
      },
    },
    {
      name: 'exponential',
      energy: exponential({ rate: 2 }),
      temperature: 1.5,
      start: exact,
      truths: { 'law of x': law(coordinate(0), (x) => -Math.expm1(-x / 0.75)), 'E x': mean(coordinate(0), 0.75) },
    },
    BETA,
  ],
  /** Of few coordinates, for proposals that are all or nothing. */
  few: [HARMONIC, DOUBLE_WELL, BETA],
  spins: [spins('ring', [6], 0.8, 0.3, 1.2), spins('torus', [3, 4], 0.4, -0.2, 1.5)],
  colours: [colours('ring', [5], 1), colours('torus', [3, 3], 0.5)],
} satisfies Record<string, readonly KnownTarget[]>

export type TargetSet = keyof typeof TARGETS
