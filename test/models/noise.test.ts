/** Noise levels: the geometric progression, what is left to the data, and the draw of a level per row. */
import { describe, expect, test } from 'vitest'
import { keyAt, scalarInt, type HostArray, type WordPair } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D } from '../../src/engine/tf.ts'
import { geometric, overlapRatio } from '../../src/models/noise/geometric.ts'
import { needs } from '../needs.ts'
import { compiled } from '../engine/both.ts'
import { countsP, expectAgreement, seed } from '../statistics/checks.ts'
import { normalCdf } from '../statistics/probability.ts'

const DATA = { dim: 784, mean: 0.13, sd: 0.31, largest_distance: 16 }

test('levels fall in geometric progression from the largest to the smallest', () => {
  const { levels } = geometric({ largest: 8, smallest: 0.02, levels: 18 })
  expect(levels).toHaveLength(18)
  expect([levels[0], levels[17]]).toEqual([8, expect.closeTo(0.02, 12)])
  levels.slice(1).forEach((sigma, i) => expect(sigma / (levels[i] as number)).toBeCloseTo((0.02 / 8) ** (1 / 17), 12))
})

describe('left to the data,', () => {
  test('the levels are those of Song & Ermon 2020', () => {
    const { is, levels } = geometric({}).resolve(DATA)
    expect(is.config).toMatchObject({ largest: 16, smallest: 0.03 * 0.31 })
    const ratio = (levels[0] as number) / (levels[1] as number)
    expect(ratio).toBeLessThanOrEqual(overlapRatio(784))
    expect(levels[0]).toBe(16)
    expect((16 / (0.03 * 0.31)) ** (1 / (levels.length - 2))).toBeGreaterThan(overlapRatio(784)) // one level fewer would not do
  })

  test('what is given stays as it is', () => {
    expect(geometric({ largest: 3, levels: 7 }).resolve(DATA).is.config).toEqual({ largest: 3, smallest: 0.03 * 0.31, levels: 7 })
  })

  test('levels cannot be read before', () => {
    expect(() => geometric({}).levels).toThrow(expect.objectContaining({ code: 'config_unresolved' }))
    expect(() => geometric({ largest: 1, smallest: 0.1 }).levels).toThrow(expect.objectContaining({ code: 'config_unresolved' }))
  })

  test.each([1, 2, 4, 16])('in %i dimensions neighbours differ by a factor of 2 at most', (dim) => {
    expect(overlapRatio(dim)).toBe(2)
  })

  test.each([20, 100, 784, 3072])('in %i dimensions neighbouring levels overlap by half', (dim) => {
    const gamma = overlapRatio(dim)
    const shift = Math.sqrt(2 * dim) * (gamma - 1)
    expect(normalCdf(shift + 3 * gamma) - normalCdf(shift - 3 * gamma)).toBeCloseTo(0.5, 6)
    expect(gamma).toBeCloseTo(Math.sqrt(2 * dim) / (Math.sqrt(2 * dim) - 3), 2)
  })
})

test('a smallest level above the largest is refused', () => {
  expect(() => geometric({ largest: 1, smallest: 2, levels: 3 })).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

describe('rows', () => {
  needs('tensorflow')

  test('get one of the levels each, all equally often', async () => {
    const noise = geometric({ largest: 8, smallest: 0.5, levels: 5 })
    const n = 200_000
    const draw = ({ words, step }: { words: WordPair; step: Scalar }): unknown => noise.draw(keyAt(words, tf.range(0, n, 1, 'int32') as Tensor1D, step), n)
    const { data } = await compiled<HostArray<'float32'>>(draw, { words: [scalarInt(seed(5)), scalarInt(6)], step: scalarInt(3) })
    const counts = noise.levels.map((level) => data.filter((value) => value === Math.fround(level)).length)
    expect(counts.reduce((sum, count) => sum + count)).toBe(n)
    expectAgreement('levels', countsP(counts, [0.2, 0.2, 0.2, 0.2, 0.2]))
  })
})
