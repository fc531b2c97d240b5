/** Supports as they may be written. */
import { describe, expect, test } from 'vitest'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { bijectionOnto, type Support } from '../../src/models/support.ts'
import { needs } from '../needs.ts'

needs('tensorflow')

const u = tf.tensor2d([[-2, 0.5, 3]])

const figures = (support: Support): number[][] => {
  const { forward, inverse, logSlope } = bijectionOnto(support, 1)
  return [forward(u), inverse(tf.fill([1, 3], 0.25) as Tensor2D), logSlope(u)].map((t) => [...t.dataSync()])
}

describe('an end that is infinite is none', () => {
  test.each<[Support, Support]>([
    [{ lower: -Infinity, upper: 1 }, { upper: 1 }],
    [[{ lower: 0, upper: Infinity }], { lower: 0 }],
    [{ lower: -Infinity, upper: Infinity }, {}],
  ])('%o', (written, meant) => {
    expect(figures(written)).toEqual(figures(meant))
    expect(figures(written).flat().every(Number.isFinite)).toBe(true)
  })
})
