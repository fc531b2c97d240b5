/** What every energy promises: values of chains that know nothing of each other, and a gradient that is theirs. */
import { expect } from 'vitest'
import { float32, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '../../src/engine/tf.ts'
import type { DataEnergy, Energy, Rows } from '../../src/models/energies/contract.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { intervalsOf } from '../../src/models/support.ts'
import { energyTarget, type Density } from '../../src/models/target.ts'
import { defaultVariables, sizeOfVariable } from '../../src/models/variables.ts'
import { keyedDraws } from '../../src/streams/draws.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { bits, chainBits, expectSame, isFinite, keyOf, otherwiseCompiled, placeOf, ready, withChain, type Place, type Ready } from './programs.ts'

needs('tensorflow')

interface Values {
  readonly potential: HostArray
  /** −∇U. */
  readonly score: HostArray
}

/** An energy as chains see it: where it has a support, on the line that is mapped onto it. */
interface Subject extends Ready<HostArray, Values> {
  readonly energy: Energy
  /** Its own draws, and their energies. */
  readonly own: Ready<Place, { readonly x: HostArray; readonly energy: HostArray }>
  /** Of discrete coordinates: the energies with each coordinate at each value, [values, dim, chains]. */
  readonly conditionals: Ready<HostArray, { readonly given: HostArray; readonly each: HostArray }>
}

const CHAINS = 64

const subjectOf = (energy: Energy): Subject => ({
  energy,
  ...ready<HostArray, Values>((x: Tensor2D) => (energyTarget(energy).density as Density).potentialAndScore(x)),
  own: ready((place: never) => {
    const x = energy.draw?.(keyOf(place), [energy.dim, CHAINS], 1) as Tensor2D
    return { x, energy: energy.energy(x) }
  }),
  conditionals: ready((x: Tensor2D) => ({ given: energy.discrete?.conditionals?.(x), each: oneByOne(energy, x) })),
})

/** E with one coordinate at a time at each of its values, [values, dim, chains]. */
function oneByOne({ dim, discrete, energy }: Energy, x: Tensor2D): Tensor {
  const withRow = (row: number, value: number): Tensor2D =>
    tf.concat<Tensor2D>(Array.from({ length: dim }, (_, i) => (i === row ? tf.fill([1, x.shape[1]], value) as Tensor2D : tf.slice(x, [i, 0], [1, -1]))), 0)
  return tf.stack((discrete?.values ?? []).map((value) => tf.stack(Array.from({ length: dim }, (_, i) => energy(withRow(i, value))))))
}

/** Rows of any columns, each of zeros and ones. */
const ROWS: Rows = { count: 40, column: (name) => Float64Array.from({ length: 40 }, (_, row) => keyedDraws(1, name).below(2, row)) }

/** Chains at their usual start. */
function start({ dim, discrete }: Energy, chains = CHAINS, seed = 1): HostArray<'float32'> {
  const x = hostDraws(seed, 'start').normal([dim, chains], 1)
  return discrete === undefined ? x : float32(x.shape, x.data.map((v) => discrete.values[Math.floor(Math.abs(1000 * v)) % discrete.values.length] as number))
}

const sumOfSquares = (x: Tensor2D): Tensor1D => tf.sum(tf.square(x), 0)
const twin = (energy: Energy['energy'], changes: Partial<Energy> = {}): Subject => subjectOf({ dim: 2, energy, ...changes })
const CHANGED = 0.123

conformance<Subject>({
  kind: 'energy',
  subjects: async (unit) => new Map([...await variantsOf<Energy | DataEnergy>(unit)].map(([called, energy]) => [called, subjectOf('given' in energy ? energy.given(ROWS) : energy)])),
  checks: {
    'has a value for each chain, and a gradient of the shape of x': {
      async holds({ energy, compiled }) {
        const result = compiled(start(energy))
        await expect(result).resolves.toBeDefined()
        const { potential, score } = await result
        expect([potential.dtype, potential.shape, score.dtype, score.shape]).toEqual(['float32', [CHAINS], 'float32', [energy.dim, CHAINS]])
      },
      twin: () => twin((x) => tf.sum(tf.square(x), 0, true)),
    },
    'names its coordinates, each once': {
      holds({ energy: { dim, variables = defaultVariables(dim) } }) {
        expect(variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)).toBe(dim)
        expect(new Set(variables.map(({ name }) => name)).size).toBe(variables.length)
      },
      twin: () => twin(sumOfSquares, { dim: 3, variables: [{ name: 'a' }, { name: 'a', shape: [2] }] }),
    },
    'has a support of one interval for each coordinate': {
      holds({ energy: { dim, support = {} } }) {
        const intervals = intervalsOf(support, dim)
        expect(intervals.length).toBe(dim)
        for (const { lower = -Infinity, upper = Infinity } of intervals) expect(lower).toBeLessThan(upper)
      },
      twin: () => twin(sumOfSquares, { support: [{ lower: 0 }] }),
    },
    'is finite where chains start': {
      async holds({ energy, compiled }) {
        expect(isFinite(await compiled(start(energy)))).toBe(true)
      },
      twin: () => twin((x) => sumOfSquares(tf.log(x))),
    },
    'has the gradient of differences': {
      async holds({ energy, compiled }) {
        const { x, directions, h } = displaced(energy)
        const { potential, score } = await compiled(x)
        const at = (i: number): number => potential.data[i] as number
        directions.forEach((direction, k) => {
          const [one, back, two, twoBack] = [0, 1, 2, 3].map((i) => at(1 + 4 * k + i)) as [number, number, number, number]
          const [slope, coarse] = [(8 * (one - back) - (two - twoBack)) / (12 * h), (two - twoBack) / (4 * h)]
          const exact = -direction.reduce((sum, v, i) => sum + v * (score.data[i * CHAINS] as number), 0)
          // Rounding of the values over h, and what a step of twice the size would have left out.
          expect(Math.abs(slope - exact)).toBeLessThan(2e-3 * Math.max(1, Math.abs(exact), Math.abs(at(0))) + 0.2 * Math.abs(coarse - slope))
        })
      },
      twin: () => twin((x) => tf.div(tf.sum(tf.mul(x, tf.floor(tf.mul(x, 1000))), 0), 1000)), // nearly x², but floor has no slope
    },
    'of a chain depends on that chain alone': {
      async holds({ energy, compiled }) {
        const x = start(energy)
        const other = withChain(x, 3, energy.discrete?.values.find((value) => value !== x.data[3]) ?? CHANGED)
        const [before, after] = [chainBits(await compiled(x), CHAINS), chainBits(await compiled(other), CHAINS)]
        expect(before.flatMap((own, chain) => (own === after[chain] ? [] : [chain]))).toEqual([3])
      },
      twin: () => twin((x) => tf.add(sumOfSquares(x), tf.mean(x))),
    },
    'draws of itself, where it can, follow from the key, and are finite': {
      async holds({ energy: { dim, draw }, own }) {
        if (draw === undefined) return
        const { x, energy } = await own.compiled(placeOf(CHAINS))
        expect([x.dtype, x.shape, isFinite([x, energy])]).toEqual(['float32', [dim, CHAINS], true])
        expect(bits((await own.compiled(placeOf(CHAINS))).x)).toBe(bits(x))
        expect(bits((await own.compiled(placeOf(CHAINS, { seed: 2 }))).x)).not.toBe(bits(x))
        expect(new Set(chainBits(x, CHAINS)).size).toBeGreaterThan(1)
        await expectSame(own, placeOf(CHAINS))
      },
      twin: () => twin(sumOfSquares, { draw: (_, shape) => tf.ones([...shape]) }),
    },
    'knows of discrete coordinates what each value would cost': {
      async holds({ energy: { dim, discrete }, conditionals, energy }) {
        if (discrete === undefined) return
        expect(new Set(discrete.values).size).toBe(discrete.values.length)
        if (discrete.classes !== undefined) expect(discrete.classes).toHaveLength(dim)
        if (discrete.conditionals === undefined) return
        const { given, each } = await conditionals.compiled(start(energy))
        const size = dim * CHAINS // up to a constant for each coordinate of each chain: relative to the first value
        each.data.forEach((value, i) => expect((given.data[i] as number) - (given.data[i % size] as number)).toBeCloseTo(value - (each.data[i % size] as number), 3))
      },
      twin: () => twin(sumOfSquares, { discrete: { values: [0, 1], conditionals: (x) => tf.zeros([2, ...x.shape]) as Tensor3D } }),
    },
    'is the same, compiled and op by op': {
      holds: ({ energy, compiled, eager }) => expectSame({ compiled, eager }, start(energy)),
      twin: () => twin((x) => otherwiseCompiled(sumOfSquares(x))),
    },
  },
})

/** One point, and points h and 2h before and behind it in a few directions; zeros fill the rest. */
function displaced(energy: Energy): { readonly x: HostArray; readonly directions: readonly number[][]; readonly h: number } {
  const h = 0.004
  const count = Math.floor((CHAINS - 1) / 4)
  const normals = start({ dim: energy.dim, energy: energy.energy }, count)
  const directions = Array.from({ length: count }, (_, k) => {
    const own = Array.from({ length: energy.dim }, (__, i) => normals.data[i * count + k] as number)
    const norm = Math.hypot(...own)
    return own.map((v) => v / norm)
  })
  const point = Array.from(start(energy, 1, 2).data)
  const columns = [point, ...directions.flatMap((direction) => [h, -h, 2 * h, -2 * h].map((step) => point.map((v, i) => v + step * (direction[i] as number))))]
  return { x: float32([energy.dim, CHAINS], Float32Array.from({ length: energy.dim * CHAINS }, (_, at) => columns[at % CHAINS]?.[Math.floor(at / CHAINS)] ?? 0)), directions, h }
}
