/** Energies: values and gradients against independent sums in double precision. */
import { describe, expect, test } from 'vitest'
import type { HostArray } from '../../../src/engine/index.ts'
import type { Energy } from '../../../src/models/energies/contract.ts'
import { funnel } from '../../../src/models/energies/funnel.ts'
import { banana } from '../../../src/models/energies/banana.ts'
import { rosenbrock } from '../../../src/models/energies/rosenbrock.ts'
import { rastrigin } from '../../../src/models/energies/rastrigin.ts'
import { himmelblau } from '../../../src/models/energies/himmelblau.ts'
import { styblinskiTang } from '../../../src/models/energies/styblinski-tang.ts'
import { manyWell } from '../../../src/models/energies/many-well.ts'
import { product } from '../../../src/models/energies/product.ts'
import { mixture } from '../../../src/models/energies/mixture.ts'
import { doubleWell } from '../../../src/models/energies/double-well.ts'
import { gaussian } from '../../../src/models/energies/gaussian.ts'
import { gaussianMixture } from '../../../src/models/energies/gaussian-mixture.ts'
import { rowwise } from '../../../src/models/energies/contract.ts'
import { ringOfGaussians } from '../../../src/models/energies/ring-of-gaussians.ts'
import { energyTarget, type Density } from '../../../src/models/target.ts'
import { tf, type Tensor1D } from '../../../src/engine/tf.ts'
import { needs } from '../../needs.ts'
import { floats } from '../../engine/numbers.ts'
import { atPoints, pointsOf } from '../run.ts'

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

/** `reach`: how far its numbers are finite; 300 unless given. */
const CASES: readonly { readonly name: string; readonly reach?: number; readonly energy: Energy; readonly exact: (x: Point) => number }[] = [
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
  { name: 'funnel', reach: 30, energy: funnel({ dim: 4, scale: 2 }), exact: ([y = 0, ...x]) => y ** 2 / 8 + x.reduce((sum, v) => sum + y / 2 + (v * v * Math.exp(-y)) / 2, 0) },
  { name: 'banana', energy: banana({ scale: 2, bend: 0.4 }), exact: ([a = 0, b = 0]) => a ** 2 / 8 + (b + 0.4 * a ** 2 - 1.6) ** 2 / 2 },
  { name: 'rosenbrock', energy: rosenbrock({ dim: 3, a: 0.5, b: 10, c: 4 }), exact: ([a = 0, b = 0, c = 0]) => (10 * (b - a ** 2) ** 2 + (0.5 - a) ** 2 + 10 * (c - b ** 2) ** 2 + (0.5 - b) ** 2) / 4 },
  { name: 'rastrigin', energy: rastrigin({ dim: 3, amplitude: 0.5 }), exact: (x) => x.reduce((sum, v) => sum + 0.5 + v * v - 0.5 * Math.cos(2 * Math.PI * v), 0) },
  { name: 'himmelblau', energy: himmelblau({ c: 10 }), exact: ([a = 0, b = 0]) => ((a * a + b - 11) ** 2 + (a + b * b - 7) ** 2) / 10 },
  { name: 'styblinski_tang', energy: styblinskiTang({ dim: 3 }), exact: (x) => x.reduce((sum, v) => sum + (v ** 4 - 16 * v * v + 5 * v) / 2, 0) },
  { name: 'many_well', energy: manyWell({ dim: 4 }), exact: ([a = 0, b = 0, c = 0, d = 0]) => a ** 4 - 6 * a * a - a / 2 + b ** 4 - 6 * b * b - b / 2 + (c * c + d * d) / 2 },
  { name: 'product', energy: product({ weights: [1, 2] }, { of: [doubleWell({ dim: 2 }), gaussian({ dim: 2, scale: 3 })] }), exact: (x) => x.reduce((sum, v) => sum + 2 * (v * v - 1) ** 2 + (2 * v * v) / 18, 0) },
  { name: 'mixture', energy: mixture({ weights: [1, 2] }, { of: [gaussian({ mean: -1 }), gaussian({ mean: 1 })] }), exact: (x) => -Math.log(Math.exp(-quadratic(x, [-1, -1], [1, 1], 0)) + 2 * Math.exp(-quadratic(x, [1, 1], [1, 1], 0))) },
]

const expectNear = (value: number, truth: number): void => expect(Math.abs(value - truth)).toBeLessThan(2e-5 * Math.max(1, Math.abs(truth)))

const gradientOf = (f: (x: Point) => number, x: Point): number[] => x.map((_, i) => {
  const at = (h: number): number => f(x.map((v, j) => (j === i ? v + h : v)))
  return (at(1e-5) - at(-1e-5)) / 2e-5
})

describe.each(CASES)('$name', ({ energy, exact, reach = 300 }) => {
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
    const far = [reach, -reach].map((v) => new Array<number>(energy.dim).fill(v))
    const { potential, score } = await atPoints<{ potential: HostArray; score: HostArray }>((x) => (energyTarget(energy).density as Density).potentialAndScore(x), far)
    expect([...potential.data, ...score.data].every(Number.isFinite)).toBe(true)
    pointsOf(score).forEach((made, i) => expect(made.reduce((sum, v, j) => sum + v * (far[i]?.[j] as number), 0)).toBeLessThan(0))
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
