/** Energies as distributions: normalisation, moments, minima, independent draws, bounded supports. */
import { describe, expect, test } from 'vitest'
import { keyInPair, scalarInt, type HostArray } from '../../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../../src/engine/tf.ts'
import { quadrature, type Box } from '../../../src/models/quadrature.ts'
import { ackley } from '../../../src/models/energies/ackley.ts'
import { banana } from '../../../src/models/energies/banana.ts'
import { beta } from '../../../src/models/energies/beta.ts'
import { chiSquared } from '../../../src/models/energies/chi-squared.ts'
import type { Energy } from '../../../src/models/energies/contract.ts'
import { doubleWell } from '../../../src/models/energies/double-well.ts'
import { exponential } from '../../../src/models/energies/exponential.ts'
import { funnel } from '../../../src/models/energies/funnel.ts'
import { gamma } from '../../../src/models/energies/gamma.ts'
import { gaussian } from '../../../src/models/energies/gaussian.ts'
import { gaussianMixture } from '../../../src/models/energies/gaussian-mixture.ts'
import { gmm40 } from '../../../src/models/energies/gmm40.ts'
import { himmelblau } from '../../../src/models/energies/himmelblau.ts'
import { ising } from '../../../src/models/energies/ising.ts'
import { lennardJones } from '../../../src/models/energies/lennard-jones.ts'
import { manyWell } from '../../../src/models/energies/many-well.ts'
import { mixture } from '../../../src/models/energies/mixture.ts'
import { muellerBrown } from '../../../src/models/energies/mueller-brown.ts'
import { potts } from '../../../src/models/energies/potts.ts'
import { product } from '../../../src/models/energies/product.ts'
import { ringOfGaussians } from '../../../src/models/energies/ring-of-gaussians.ts'
import { rosenbrock } from '../../../src/models/energies/rosenbrock.ts'
import { styblinskiTang } from '../../../src/models/energies/styblinski-tang.ts'
import type { Interval, Support } from '../../../src/models/support.ts'
import { energyTarget } from '../../../src/models/target.ts'
import { compiled } from '../../engine/both.ts'
import { needs } from '../../needs.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { atPoints, pointsOf } from '../run.ts'

needs('tensorflow')

const box = (half: number, points: number): Box => ({ lower: -half, upper: half, points })

describe('log Z is that of quadrature', () => {
  test.each<[name: string, energy: Energy, where: Box, temperature: number]>([
    ['gaussian', gaussian({ dim: 2, mean: [0.3, -0.2], scale: [1, 0.7], correlation: 0.6 }), box(12, 400), 1],
    ['gaussian, hot', gaussian({ dim: 2, scale: [1, 0.7], correlation: 0.6 }), box(15, 400), 2],
    ['ring_of_gaussians', ringOfGaussians({}), box(8, 400), 1],
    ['gaussian_mixture', gaussianMixture({ components: [{ mean: [-1, 1], scale: 0.5, weight: 2 }, { mean: [1, 0] }] }), box(8, 400), 1],
    ['gmm40', gmm40({}), box(48, 600), 1],
    ['banana', banana({ scale: 2, bend: 0.3 }), { lower: [-14, -60], upper: [14, 12], points: 700 }, 1],
    ['banana, hot', banana({ scale: 2, bend: 0.3 }), { lower: [-18, -80], upper: [18, 14], points: 900 }, 1.7],
    ['rosenbrock', rosenbrock({ b: 5, c: 2 }), { lower: [-6, -6], upper: [8, 60], points: 900 }, 1],
    ['exponential, cold', exponential({ rate: 2 }), { lower: 0, upper: 20, points: 40_000 }, 0.7],
    ['gamma', gamma({ shape: 3 }), { lower: 0, upper: 60, points: 20_000 }, 1],
    ['gamma, hot', gamma({ shape: 3, scale: 2 }), { lower: 0, upper: 200, points: 40_000 }, 1.5],
    ['chi_squared', chiSquared({ degrees: 6 }), { lower: 0, upper: 90, points: 20_000 }, 1],
    ['beta, cold', beta({ a: 2, b: 5 }), { lower: 0, upper: 1, points: 20_000 }, 0.6],
  ])('%s', (_, energy, where, temperature) => {
    expect(energy.logZ?.(temperature)).toBeCloseTo(quadrature(energy, temperature, where).log_z, 4)
  })

  test('a double well of height 2: log 1.410915, E x² .852136, P(|x| < ½) .135478', () => {
    const { log_z, mean } = quadrature(doubleWell({}), 1, box(4, 8000))
    expect(Math.exp(log_z)).toBeCloseTo(1.410915, 5)
    expect(mean(([x = 0]) => x * x)).toBeCloseTo(0.852136, 5)
    expect(mean(([x = 0]) => Number(Math.abs(x) < 0.5))).toBeCloseTo(0.135478, 4)
  })

  test('the ring has E |x|² = 16.5', () => {
    expect(quadrature(ringOfGaussians({}), 1, box(8, 400)).mean(([x = 0, y = 0]) => x * x + y * y)).toBeCloseTo(16.5, 3)
  })

  test('many wells: 164.6957 for 32 coordinates', () => {
    expect(16 * quadrature(manyWell({ dim: 2 }), 1, box(9, 900)).log_z).toBeCloseTo(164.69567532, 2)
  })

  test('other dimensions are refused', () => {
    expect(() => quadrature(gaussian({ dim: 3 }), 1, box(1, 2))).toThrow(RangeError)
  })
})

describe('minima', () => {
  test.each<[name: string, energy: Energy, at: readonly number[], value: number, digits: number]>([
    ['himmelblau', himmelblau({}), [-2.805118, 3.131312], 0, 4],
    ['himmelblau', himmelblau({}), [3.584428, -1.848126], 0, 4],
    ['styblinski_tang', styblinskiTang({ dim: 2 }), [-2.903534, -2.903534], -78.33234, 3],
    ['mueller_brown', muellerBrown({ scale: 1 }), [-0.558, 1.442], -146.7, 1],
    ['mueller_brown', muellerBrown({ scale: 1 }), [0.623, 0.028], -108.17, 1],
    ['mueller_brown', muellerBrown({ scale: 1 }), [-0.05, 0.467], -80.77, 1],
    ['rosenbrock', rosenbrock({ dim: 4 }), [1, 1, 1, 1], 0, 5],
    ['ackley', ackley({ dim: 3 }), [0, 0, 0], 0, 4],
  ])('of %s', async (_, energy, at, value, digits) => {
    const [here, around] = [at, [0.05, -0.05].flatMap((h) => at.map((__, i) => at.map((v, j) => (i === j ? v + h : v))))]
    const { data } = await atPoints((x) => energy.energy(x), [here, ...around])
    expect(data[0]).toBeCloseTo(value, digits)
    for (const higher of data.slice(1)) expect(higher).toBeGreaterThan(data[0] as number)
  })

  test('of two Lennard-Jones particles lies at their distance; an icosahedron of thirteen has −44.3', async () => {
    const free = { spring: 0, centre_spring: 0 }
    const pair = (r: number) => [0, 0, 0, r, 0, 0]
    const { data } = await atPoints((x) => lennardJones({ particles: 2, distance: 1.5, depth: 2, ...free }).energy(x), [pair(1.5), pair(1.4), pair(1.6)])
    expect(data[0]).toBeCloseTo(-2, 5)
    expect(Math.min(data[1] as number, data[2] as number)).toBeGreaterThan(-2)
    const golden = (1 + Math.sqrt(5)) / 2
    const corners = [[0, 1, golden], [0, -1, golden], [0, 1, -golden], [0, -1, -golden]].flatMap(([a = 0, b = 0, c = 0]) => [[a, b, c], [b, c, a], [c, a, b]])
    const radii = Array.from({ length: 200 }, (_, i) => 0.9 + 0.001 * i)
    const clusters = radii.map((r) => [0, 0, 0, ...corners.flat().map((v) => (v * r) / Math.hypot(1, golden))])
    const energies = await atPoints((x) => lennardJones({ ...free }).energy(x), clusters)
    expect(Math.min(...energies.data)).toBeCloseTo(-44.3268, 3)
  })
})

describe('draws have the moments of quadrature', () => {
  const N = 20_000
  const CASES: readonly (readonly [name: string, energy: Energy, where: Box, temperature: number])[] = [
    ['gaussian', gaussian({ dim: 2, mean: [0.3, -0.2], scale: [1, 0.7], correlation: 0.6 }), box(12, 300), 1.7],
    ['gaussian_mixture', gaussianMixture({ components: [{ mean: [-1, 1], scale: 0.5, weight: 2 }, { mean: [1, 0] }] }), box(8, 300), 1],
    ['ring_of_gaussians', ringOfGaussians({ modes: 3, radius: 2 }), box(8, 300), 1],
    ['funnel', funnel({ scale: 1 }), { lower: [-6, -60], upper: [6, 60], points: 1200 }, 1],
    ['funnel, cold', funnel({ scale: 1 }), { lower: [-6, -60], upper: [6, 60], points: 1200 }, 0.6],
    ['banana', banana({ scale: 2, bend: 0.3 }), { lower: [-18, -80], upper: [18, 14], points: 900 }, 1.7],
    ['rosenbrock', rosenbrock({ b: 5, c: 2 }), { lower: [-6, -6], upper: [8, 60], points: 900 }, 0.8],
    ['exponential', exponential({ rate: 2 }), { lower: 0, upper: 20, points: 20_000 }, 0.7],
  ]
  const moments: readonly ((x: readonly number[]) => number)[] = [([x = 0]) => x, ([x = 0]) => Math.cos(x), ([, y = 0]) => y, ([, y = 0]) => Math.sin(y), ([x = 0, y = 0]) => Math.tanh(x * y)]

  async function drawn({ dim, draw }: Energy, temperature: number, key: number): Promise<number[][]> {
    return pointsOf(await compiled<HostArray>((first: Tensor1D) => draw?.(keyInPair([tf.scalar(key, 'int32'), tf.scalar(7, 'int32')], tf.add(tf.range(0, N, 1, 'int32'), first), tf.scalar(0, 'int32'), 0), [dim, N], temperature), scalarInt(0)))
  }

  test.each(CASES)('%s', async (name, energy, where, temperature) => {
    const points = await drawn(energy, temperature, seed(11))
    const { mean } = quadrature(energy, temperature, where)
    for (const [i, f] of moments.entries()) if (energy.dim === 2 || i < 2) expectAgreement(`${name}: moment ${i}`, meanP(Float64Array.from(points, f), mean(f)))
  })

  test('of another temperature have others', async () => {
    const [, energy, where] = CASES[0] as (typeof CASES)[number]
    const points = await drawn(energy, 1.2, seed(12))
    const f = moments[1] as (typeof moments)[number]
    expectRejection('cos x', meanP(Float64Array.from(points, f), quadrature(energy, 1.7, where).mean(f)))
  })

  test('of a mixture are not to be had at other temperatures', () => {
    expect(ringOfGaussians({}).draw?.(undefined as never, [2, 1], 2)).toBeUndefined()
  })
})

describe('where chains move,', () => {
  test.each<[name: string, energy: Energy, box: Box, temperature: number]>([
    ['exponential', exponential({ rate: 1 }), box(20, 20_000), 1.5],
    ['gamma', gamma({ shape: 3 }), box(20, 20_000), 0.7],
    ['beta', beta({ a: 2, b: 5 }), box(25, 20_000), 0.6],
  ])('the density of %s is that of its support', async (_, energy, where, temperature) => {
    const target = energyTarget(energy, temperature)
    const moved: Energy = { dim: 1, energy: (u) => target.density?.potential(u) as Tensor1D }
    const { log_z, mean } = quadrature(moved, 1, where)
    expect(log_z).toBeCloseTo(energy.logZ?.(temperature) as number, 4)
    const points = [-2, -0.5, 0, 1, 2]
    const back = await atPoints((u) => target.bijection?.inverse(target.bijection.forward(u)), points.map((u) => [u]))
    back.data.forEach((u, i) => expect(u).toBeCloseTo(points[i] as number, 4))
    expect(mean(() => 1)).toBeCloseTo(1, 10)
  })

  test('supports are mapped one by one', async () => {
    const energy: Energy = { dim: 3, support: [{}, { lower: 2 }, { lower: -1, upper: 1 }], energy: (x) => tf.sum<Tensor1D>(tf.square(x), 0) }
    const x = pointsOf(await atPoints((u) => energyTarget(energy).bijection?.forward(u), [[0, 0, 0], [-3, -30, 30], [5, 3, -30]]))
    expect(x[0]).toEqual([0, 3, 0])
    expect(x.every(([, b = 0, c = 0]) => b >= 2 && Math.abs(c) <= 1)).toBe(true)
  })

  test.each<[what: string, support: Support, inside: readonly number[], ends: readonly number[]]>([
    ['above 0', { lower: 0 }, [1e-37, 1e-9, 3e4], [0]],
    ['above 5', { lower: 5 }, [5.000001, 5.1, 3e4], [5]],
    ['below 5', { upper: 5 }, [-3e4, 4.9, 4.999999], [5]],
    ['between 0 and 1', { lower: 0, upper: 1 }, [1e-37, 1e-9, 0.4, 0.999999], [0, 1]],
    ['between 1000 and 1001', { lower: 1000, upper: 1001 }, [1000.001, 1000.5], [1000, 1001]],
  ])('a point %s is found again however small, and one at an end just inside', async (_, support, inside, ends) => {
    const bijection = energyTarget({ dim: 1, support, energy: (x) => tf.sum<Tensor1D>(tf.square(x), 0) }).bijection
    const { lower = -Infinity, upper = Infinity } = support as Interval
    const { data } = await atPoints((x) => bijection?.forward(bijection.inverse(x)), [...inside, ...ends].map((x) => [x]))
    const distance = (x: number): number => Math.min(x - lower, upper - x)
    inside.forEach((x, i) => expect(Math.abs((data[i] as number) - Math.fround(x))).toBeLessThan(1e-4 * distance(x) + 2 * Math.abs(x) * 2 ** -23))
    for (const x of data) expect([x > lower, x < upper]).toEqual([true, true])
  })

  test('a bounded energy can be infinite outside instead', async () => {
    const { density } = energyTarget(exponential({}), 1, 'reject')
    const { data } = await atPoints((x) => density?.potential(x), [[-0.1], [0.5]])
    expect([...data]).toEqual([Infinity, 0.5])
  })
})

describe('supports that are joined', () => {
  const scores = async (energy: Energy, points: readonly (readonly number[])[]): Promise<{ potential: HostArray; score: HostArray }> =>
    atPoints((x) => energyTarget(energy, 1, 'reject').density?.potentialAndScore(x), points)
  const apart = (lower: number) => Object.assign({ dim: 1, support: { lower, upper: lower + 1 }, energy: (x: Tensor2D): Tensor1D => tf.sum(x, 0) } satisfies Energy, { is: { kind: 'energy' as const, name: 'apart', config: {} } })

  test('those of a mixture make one that holds all, and no component loses mass', () => {
    const energy = mixture({ weights: [1, 3] }, { of: [gaussian({ dim: 1, mean: -2 }), gamma({ shape: 3 })] })
    expect(energy.support).toBeUndefined()
    expect(energyTarget(energy).bijection).toBeUndefined()
    const { log_z, mean } = quadrature(energy, 1, { lower: -10, upper: 40, points: 40_000 })
    const [gaussianZ, gammaZ] = [Math.sqrt(2 * Math.PI), 3 * 2]
    expect(log_z).toBeCloseTo(Math.log(gaussianZ + gammaZ), 4)
    expect(mean(([x = 0]) => x)).toBeCloseTo((-2 * gaussianZ + 3 * gammaZ) / (gaussianZ + gammaZ), 3)
  })

  test('a component is infinite outside of its own, with a gradient that is finite', async () => {
    const { potential, score } = await scores(mixture({}, { of: [gaussian({ dim: 2, mean: -2 }), gamma({ dim: 2 })] }), [[-1, 2], [0, 0], [-3, -3]])
    expect([...potential.data]).toEqual([expect.closeTo(8.5, 4), expect.closeTo(4, 4), expect.closeTo(1, 4)])
    pointsOf(score).forEach((made, i) => expect(made).toEqual([[-1, -4], [-2, -2], [1, 1]][i]?.map((v) => expect.closeTo(v, 4) as number)))
  })

  test('a gap between them has no mass, and no slope', async () => {
    const gapped = mixture({}, { of: [beta({}), apart(3)] })
    expect(gapped.support).toEqual([{ lower: 0, upper: 4 }])
    const { potential, score } = await scores(gapped, [[2], [3.5], [-1]])
    expect([...potential.data]).toEqual([Infinity, 3.5, Infinity])
    expect([...score.data].map(Math.abs)).toEqual([0, 1, 0])
  })

  test('those of a product hold where all do', () => {
    expect(product({}, { of: [beta({}), gaussian({ dim: 1 }), gamma({})] }).support).toEqual([{ lower: 0, upper: 1 }])
    expect(product({}, { of: [gaussian({ dim: 1 }), gaussian({ dim: 1 })] }).support).toBeUndefined()
    expect(() => product({}, { of: [beta({}), apart(3)] })).toThrow(/no value of coordinate 0/)
    expect(() => product({}, { of: [beta({}), apart(1)] })).toThrow(/no value of coordinate 0/)
  })
})

test.each([['product', product], ['mixture', mixture]] as const)('a %s is of coordinates that are alike', (_, join) => {
  const [real, spins, states] = [gaussian({ dim: 3 }), ising({ sites: [3] }), potts({ sites: [3], states: 3 })]
  for (const of of [[real, spins], [spins, real], [spins, states]]) expect(() => join({}, { of })).toThrow(/coordinates are .*, not alike/)
  expect(join({}, { of: [spins, ising({ sites: [3], coupling: 2 })] }).discrete?.values).toEqual([-1, 1])
})
