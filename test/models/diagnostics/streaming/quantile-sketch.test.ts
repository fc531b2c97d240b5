import { describe, expect, it } from 'vitest'
import { QuantileSketch } from '../../../../src/models/diagnostics/streaming/quantile-sketch.ts'
import { keyedDraws } from '../../../../src/streams/draws.ts'
import { seed } from '../../../statistics/checks.ts'

const COUNT = 200_000
const uniforms = (): Float64Array => {
  const draws = keyedDraws(seed(57), 'sketch')
  return Float64Array.from({ length: COUNT }, (_, i) => draws.uniform(i))
}
const LAWS: Readonly<Record<string, (u: number, i: number) => number>> = {
  uniform: (u) => u,
  exponential: (u) => -Math.log(u),
  cauchy: (u) => Math.tan(Math.PI * (u - 0.5)),
  'two far apart': (u) => (u < 0.3 ? u : 1e6 + u),
  ascending: (_, i) => i,
  descending: (_, i) => COUNT - i,
}

const sketchOf = (values: ArrayLike<number>): QuantileSketch => {
  const sketch = new QuantileSketch()
  sketch.add(values)
  return sketch
}

/** How far a value is from the place where it should stand among ascending values, as a part of them. */
function rankError(sorted: Float64Array, value: number, p: number): number {
  const below = sorted.findIndex((other) => other > value)
  return Math.abs((below < 0 ? sorted.length : below) / sorted.length - p)
}

describe('QuantileSketch', () => {
  it.each(Object.entries(LAWS))('is as near in rank as it says: %s', (_, law) => {
    const values = uniforms().map(law)
    const sorted = values.slice().sort()
    const sketch = sketchOf(values)
    for (const p of [0.001, 0.005, 0.01, 0.99, 0.999]) expect(rankError(sorted, sketch.quantile(p), p), `at ${p}`).toBeLessThan(2e-4)
    for (const p of [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]) expect(rankError(sorted, sketch.quantile(p), p), `at ${p}`).toBeLessThan(5e-4)
    expect([sketch.quantile(0), sketch.quantile(1)]).toEqual([sorted[0], sorted.at(-1)])
  })

  it('does not depend on the pieces that numbers come in', () => {
    const values = uniforms().subarray(0, 20_000)
    const pieces = new QuantileSketch()
    for (let from = 0; from < values.length; from += 777) pieces.add(values, from, Math.min(values.length, from + 777))
    for (const p of [0.01, 0.3, 0.5, 0.99]) expect(pieces.quantile(p)).toBe(sketchOf(values).quantile(p))
  })

  it('of few numbers is linear between them, and of none NaN', () => {
    const sketch = sketchOf([3, NaN, 1, Infinity, 2])
    expect([0, 0.5, 1].map((p) => sketch.quantile(p))).toEqual([1, 2, 3])
    expect(sketch.count).toBe(3)
    expect(sketchOf([7]).quantile(0.3)).toBe(7)
    expect(sketchOf([]).quantile(0.5)).toBe(NaN)
  })

  it('goes on after it was asked', () => {
    const [asked, other] = [new QuantileSketch(), new QuantileSketch()]
    for (let i = 0; i < 10; i++) {
      const values = uniforms().subarray(1000 * i, 1000 * (i + 1))
      asked.add(values)
      other.add(values)
      asked.quantile(0.5)
    }
    expect(asked.quantile(0.5)).toBeCloseTo(other.quantile(0.5), 2)
  })
})
