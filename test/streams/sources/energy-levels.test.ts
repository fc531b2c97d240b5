import { describe, expect, it } from 'vitest'
import { energyLevels } from '../../../src/streams/sources/energy-levels.ts'
import { collected, objectsOf } from '../batches.ts'

const context = { folder: import.meta.dirname, seed: 1, stream: 'levels' }
const rowsOf = async (energies: number[], temperatures: number[], limit = Infinity) =>
  objectsOf(await collected(energyLevels({ energies, temperatures }).open({ ...context, limit }).rows$)) as { level: number; energy: number; temperature: number; probability: number }[]

describe('energy_levels', () => {
  it('gives exp(−ε/τ)/Z of each level, at each temperature', async () => {
    const rows = await rowsOf([0, 1, 3], [0.5, -2])
    const expected = [0.5, -2].flatMap((temperature) => {
      const weights = [0, 1, 3].map((energy) => Math.exp(-energy / temperature))
      const z = weights.reduce((sum, weight) => sum + weight, 0)
      return [0, 1, 3].map((energy, level) => ({ level, energy, temperature, probability: (weights[level] as number) / z }))
    })
    expect(rows).toHaveLength(6)
    rows.forEach(({ probability, ...row }, i) => {
      const { probability: truth, ...others } = expected[i] as (typeof expected)[number]
      expect(row).toEqual(others)
      expect(probability).toBeCloseTo(truth, 12)
    })
  })

  it('is a batch for each temperature, up to the limit', async () => {
    const source = energyLevels({ energies: [0, 1], temperatures: [1, 2, 3] })
    expect((await collected(source.open(context).rows$)).map(({ numRows }) => numRows)).toEqual([2, 2, 2])
    expect((await collected(source.open({ ...context, limit: 3 }).rows$)).map(({ numRows }) => numRows)).toEqual([2, 1])
    expect([await source.open(context).numRows?.(), await source.open({ ...context, limit: 3 }).numRows?.()]).toEqual([6, 3])
  })

  it('knows no temperature 0', () => {
    expect(() => energyLevels({ energies: [0, 1], temperatures: [0] })).toThrow(/not 0/)
  })
})
