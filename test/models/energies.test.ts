/** Energies: values and gradients against independent sums in double precision, and their normalisation. */
import { describe, expect, test } from 'vitest'
import type { HostArray } from '../../src/engine/index.ts'
import type { Energy } from '../../src/models/energies/contract.ts'
import { doubleWell } from '../../src/models/energies/double-well.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import { gaussianMixture } from '../../src/models/energies/gaussian-mixture.ts'
import { rowwise } from '../../src/models/energies/contract.ts'
import { ringOfGaussians } from '../../src/models/energies/ring-of-gaussians.ts'
import { energyTarget, type Density } from '../../src/models/target.ts'
import { tf, type Tensor1D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { floats } from '../engine/numbers.ts'
import { atPoints, pointsOf } from './run.ts'

needs('tensorflow')

type Point = readonly number[]

const gaussianDensity = (x: Point, mean: Point, scale: number): number =>
  Math.exp(-x.reduce((sum, v, i) => sum + (v - (mean[i] as number)) ** 2, 0) / (2 * scale ** 2)) / (scale * Math.sqrt(2 * Math.PI)) ** x.length

/** ½ (x − m)ᵀ S⁻¹ (x − m) by solving S y = x − m, S_ij = s_i s_j c^|i−j|. */
function quadratic(x: Point, mean: Point, scales: Point, c: number): number {
  const r = x.map((v, i) => v - (mean[i] as number))
  const rows = r.map((value, i) => [...r.map((_, j) => (scales[i] as number) * (scales[j] as number) * c ** Math.abs(i - j)), value])
  for (const [i, row] of rows.entries()) {
    for (const other of rows.slice(i + 1)) {
      const factor = (other[i] as number) / (row[i] as number)
      row.forEach((v, j) => (other[j] = (other[j] as number) - factor * v))
    }
  }
  const y: number[] = []
  for (let i = r.length - 1; i >= 0; i--) {
    const row = rows[i] as number[]
    y[i] = ((row[r.length] as number) - r.reduce((sum, _, j) => (j > i ? sum + (row[j] as number) * (y[j] as number) : sum), 0)) / (row[i] as number)
  }
  return r.reduce((sum, v, i) => sum + v * (y[i] as number), 0) / 2
}

const RING = Array.from({ length: 8 }, (_, k) => [4 * Math.cos((k * Math.PI) / 4), 4 * Math.sin((k * Math.PI) / 4)])

const CASES: readonly { readonly name: string; readonly energy: Energy; readonly exact: (x: Point) => number }[] = [
  { name: 'double_well', energy: doubleWell({ dim: 3, height: 1.5 }), exact: (x) => x.reduce((sum, v) => sum + 1.5 * (v * v - 1) ** 2, 0) },
  { name: 'gaussian', energy: gaussian({ dim: 3 }), exact: (x) => quadratic(x, [0, 0, 0], [1, 1, 1], 0) },
  { name: 'gaussian with mean and scales', energy: gaussian({ dim: 3, mean: [1, -2, 0.5], scale: [1, 3, 0.5] }), exact: (x) => quadratic(x, [1, -2, 0.5], [1, 3, 0.5], 0) },
  { name: 'gaussian with correlation', energy: gaussian({ dim: 4, mean: 0.5, scale: [1, 3, 0.5, 2], correlation: -0.7 }), exact: (x) => quadratic(x, [0.5, 0.5, 0.5, 0.5], [1, 3, 0.5, 2], -0.7) },
  { name: 'gaussian in one dimension', energy: gaussian({ dim: 1, scale: 2, correlation: 0.5 }), exact: (x) => quadratic(x, [0], [2], 0) },
  { name: 'ring_of_gaussians', energy: ringOfGaussians({}), exact: (x) => -Math.log(RING.reduce((sum, m) => sum + gaussianDensity(x, m, 0.5) / 8, 0)) },
  {
    name: 'gaussian_mixture',
    energy: gaussianMixture({ components: [{ mean: [-1, 0, 1], scale: 0.5, weight: 1 }, { mean: [1, 1, 1], scale: 2, weight: 3 }] }),
    exact: (x) => -Math.log(gaussianDensity(x, [-1, 0, 1], 0.5) / 4 + (3 * gaussianDensity(x, [1, 1, 1], 2)) / 4),
  },
]

const expectNear = (value: number, truth: number): void => expect(Math.abs(value - truth)).toBeLessThan(2e-5 * Math.max(1, Math.abs(truth)))

const gradientOf = (f: (x: Point) => number, x: Point): number[] => x.map((_, i) => {
  const at = (h: number): number => f(x.map((v, j) => (j === i ? v + h : v)))
  return (at(1e-5) - at(-1e-5)) / 2e-5
})

describe.each(CASES)('$name', ({ energy, exact }) => {
  const points = pointsOf(floats([energy.dim, 40], -3, 3)).map((point) => point.map(Math.fround))

  test('has the values of its formula', async () => {
    const { data } = await atPoints((x) => energy.energy(x), points)
    points.forEach((point, i) => expectNear(data[i] as number, exact(point)))
  })

  test.each([1, 0.3, 2.5])('at temperature %d has potential E/τ and score −∇E/τ', async (temperature) => {
    const { density } = energyTarget(energy, temperature)
    const { potential, score } = await atPoints<{ potential: HostArray; score: HostArray }>((x) => (density as Density).potentialAndScore(x), points)
    pointsOf(score).forEach((made, i) => {
      const point = points[i] as Point
      expectNear(potential.data[i] as number, exact(point) / temperature)
      gradientOf(exact, point).forEach((slope, j) => expectNear(made[j] as number, -slope / temperature))
    })
  })

  test('is finite far from its minima, and its score points back', async () => {
    const far = [300, -300].map((v) => new Array<number>(energy.dim).fill(v))
    const { potential, score } = await atPoints<{ potential: HostArray; score: HostArray }>((x) => (energyTarget(energy).density as Density).potentialAndScore(x), far)
    expect([...potential.data, ...score.data].every(Number.isFinite)).toBe(true)
    pointsOf(score).forEach((made, i) => expect(made.reduce((sum, v, j) => sum + v * (far[i]?.[j] as number), 0)).toBeLessThan(0))
  })
})

describe('integrals of exp(−E/τ)', () => {
  /** Σ f(x) exp(−E(x)/τ) over a grid of the plane, or of the line. */
  async function integrals(energy: Energy, temperature: number, half: number, n: number, fs: readonly ((x: Point) => number)[]): Promise<number[]> {
    const ticks = Array.from({ length: n }, (_, i) => Math.fround(-half + (2 * half * (i + 0.5)) / n))
    const grid = energy.dim === 1 ? ticks.map((v) => [v]) : ticks.flatMap((v) => ticks.map((w) => [v, w]))
    const { data } = await atPoints((x) => energy.energy(x), grid)
    const cell = ((2 * half) / n) ** energy.dim
    return fs.map((f) => grid.reduce((sum, point, i) => sum + f(point) * Math.exp(-(data[i] as number) / temperature), 0) * cell)
  }

  test('a double well of height 2 has the reference\'s Z, E x² and P(|x| < ½)', async () => {
    const [z, square, middle] = await integrals(doubleWell({}), 1, 4, 8000, [() => 1, ([x = 0]) => x * x, ([x = 0]) => Number(Math.abs(x) < 0.5)]) as [number, number, number]
    expect(z).toBeCloseTo(1.410915, 5)
    expect(square / z).toBeCloseTo(0.852136, 5)
    expect(middle / z).toBeCloseTo(0.135478, 4)
  })

  test('the ring and any mixture are densities: Z is 1', async () => {
    expect((await integrals(ringOfGaussians({}), 1, 8, 400, [() => 1]))[0]).toBeCloseTo(1, 5)
    const mixture = gaussianMixture({ components: [{ mean: [-1, 1], scale: 0.5, weight: 2 }, { mean: [1, 0], scale: 1, weight: 1 }] })
    expect((await integrals(mixture, 1, 8, 400, [() => 1]))[0]).toBeCloseTo(1, 5)
  })

  test('the ring has mean 0 and E |x|² = 16.5', async () => {
    const [mean, square] = await integrals(ringOfGaussians({}), 1, 8, 400, [([x = 0]) => x, ([x = 0, y = 0]) => x * x + y * y])
    expect(mean).toBeCloseTo(0, 5)
    expect(square).toBeCloseTo(16.5, 3)
  })

  test.each([1, 0.5, 2])('a Gaussian at temperature %d has log Z = d/2 log(2πτ) + ½ log det S', async (temperature) => {
    const [c, s0, s1] = [0.6, 1, 0.7]
    const [z] = await integrals(gaussian({ dim: 2, mean: [0.3, -0.2], scale: [s0, s1], correlation: c }), temperature, 12, 400, [() => 1]) as [number]
    expect(Math.log(z)).toBeCloseTo(Math.log(2 * Math.PI * temperature) + 0.5 * Math.log(s0 ** 2 * s1 ** 2 * (1 - c ** 2)), 5)
  })
})

test('a function of rows serves as an energy of columns', async () => {
  const energy = rowwise((rows) => tf.sum(tf.mul(rows, tf.tensor2d([[1, 10]])), 1) as Tensor1D)
  expect([...(await atPoints((x) => energy(x), [[1, 2], [3, 4], [5, 6]])).data]).toEqual([21, 43, 65])
})

test.each<[what: string, make: () => unknown, words: RegExp]>([
  ['means of two lengths', () => gaussianMixture({ components: [{ mean: [1] }, { mean: [1, 2] }] }), /gaussian_mixture got .*same number of coordinates/],
  ['scales of another length', () => gaussian({ dim: 3, scale: [1, 2] }), /gaussian got .*one number for each of dim coordinates/],
  ['no height', () => doubleWell({ height: 0 }), /double_well got height/],
  ['a misspelt field', () => ringOfGaussians({ radios: 3 } as never), /ring_of_gaussians got .*radios/],
])('%s are refused, naming the unit', (_, make, words) => {
  expect(make).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(words) }))
})
