import { Float64, Utf8, type RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { keyedDraws } from '../../src/streams/draws.ts'
import { RowSample } from '../../src/streams/row-sample.ts'
import { objectsOf, table } from './batches.ts'

const numbers = (from: number, to: number): RecordBatch => {
  const values = Array.from({ length: to - from }, (_, i) => from + i)
  return table({ other: [new Utf8(), values.map(String)], v: [new Float64(), values] })
}
const sample = (capacity: number, seed = 0): RowSample => new RowSample(['v'], capacity, keyedDraws(seed, 'test'))
const valuesOf = (rows: RowSample): unknown[] => {
  const batch = rows.batch()
  return batch === undefined ? [] : objectsOf([batch]).map(({ v }) => v)
}
const kept = (batches: readonly RecordBatch[], capacity: number): unknown[] => {
  const rows = sample(capacity)
  for (const batch of batches) rows.add(batch)
  return valuesOf(rows)
}

describe('RowSample', () => {
  it('keeps all rows in order while they fit', () => {
    expect(kept([numbers(0, 3), numbers(3, 5)], 5)).toEqual([0, 1, 2, 3, 4])
    expect(kept([], 5)).toEqual([])
  })

  it('keeps as many as fit after that, the same ones whatever the batches', () => {
    const whole = kept([numbers(0, 1000)], 50)
    expect(new Set(whole).size).toBe(50)
    expect(Math.max(...whole as number[])).toBeGreaterThan(500)
    expect(kept([numbers(0, 7), numbers(7, 600), numbers(600, 1000)], 50)).toEqual(whole)
    expect(kept(Array.from({ length: 1000 }, (_, i) => numbers(i, i + 1)), 50)).toEqual(whole)
  })

  it('goes on after it was looked at, and begins anew when told so', () => {
    const [looked, cleared] = [sample(50), sample(50)]
    for (let i = 0; i < 1000; i += 100) {
      looked.add(numbers(i, i + 100))
      looked.batch()
      cleared.add(numbers(i, i + 100))
    }
    expect(valuesOf(looked)).toEqual(kept([numbers(0, 1000)], 50))
    cleared.clear()
    expect(cleared.batch()).toBeUndefined()
    cleared.add(numbers(0, 1000))
    expect(valuesOf(cleared)).toEqual(kept([numbers(0, 1000)], 50))
  })
})
