import { describe, expect, it } from 'vitest'
import { keyedDraws } from '../../src/streams/draws.ts'
import { JointSample } from '../../src/streams/joint-sample.ts'
import { countsP, expectAgreement, expectRejection, seed } from '../statistics/checks.ts'
import { floats, lists, particles } from './batches.ts'

const sampled = (capacity: number, ...batches: Parameters<JointSample['add']>[0][]): JointSample => {
  const sample = new JointSample(capacity, keyedDraws(1, 'joint'))
  for (const batch of batches) sample.add(batch)
  return sample
}

describe('JointSample', () => {
  it('holds all rows while there is room, in the variables asked for', () => {
    const sample = sampled(10, floats({ a: [1, 2], b: [3, 4] }), floats({ a: [5], b: [6] }))
    expect(sample.points(['b', 'a'])).toEqual({ values: Float64Array.of(3, 1, 4, 2, 6, 5), count: 3, dim: 2 })
    expect(sampled(10, lists([[1, 2], [3, 4]])).points(['x'])).toEqual({ values: Float64Array.of(1, 2, 3, 4), count: 2, dim: 2 })
    expect(sampled(10, particles({ step: 1, x: { x0: [7, 8] } })).points(['x0'])).toEqual({ values: Float64Array.of(7, 8), count: 2, dim: 1 })
  })

  it('leaves out rows that are not whole, by the variables asked for', () => {
    const sample = sampled(10, floats({ a: [1, NaN, 3], b: [4, 5, Infinity] }))
    expect([...sample.points(['a']).values]).toEqual([1, 3])
    expect([...sample.points(['a', 'b']).values]).toEqual([1, 4])
  })

  it('holds rows together, each with the same probability', () => {
    const counts = new Array<number>(40).fill(0)
    const rows = [...counts.keys()]
    for (let i = 0; i < 10_000; i++) {
      const sample = new JointSample(5, keyedDraws(seed(65) + i, 'joint'))
      sample.add(floats({ a: rows.slice(0, 17), b: rows.slice(0, 17).map((row) => -row) }))
      sample.add(floats({ a: rows.slice(17), b: rows.slice(17).map((row) => -row) }))
      const { values, count } = sample.points(['a', 'b'])
      expect(count).toBe(5)
      for (let k = 0; k < 10; k += 2) {
        expect(values[k + 1]).toBe(-(values[k] as number))
        counts[values[k] as number] = (counts[values[k] as number] as number) + 1
      }
    }
    expectAgreement('places in the sample', countsP(counts, new Array<number>(40).fill(1 / 40)))
    expectRejection('places in a part of it', countsP(counts.map((count, i) => (i < 20 ? count * 1.2 : count * 0.8)), new Array<number>(40).fill(1 / 40)))
  })
})
