import { describe, expect, test } from 'vitest'
import { accuracyOf, confidenceOf, labelsOf, spreadOf } from '../../../bench/quality/labels.ts'

test('a label is the most probable class, the first of equals', () => {
  expect([...labelsOf([0.2, 0.5, 0.3, 0.1, 0.1, 0.8, 0.4, 0.2, 0.4], 3)]).toEqual([1, 2, 0])
})

test('confidence is the mean of the largest probabilities, and the share above .9', () => {
  const { mean, above_90_rate } = confidenceOf([0.95, 0.05, 0.9, 0.1, 0.3, 0.7, 0.01, 0.99], 2)
  expect(mean).toBeCloseTo((0.95 + 0.9 + 0.7 + 0.99) / 4, 14)
  expect(above_90_rate).toBe(0.5)
})

describe('the spread', () => {
  test('of all classes alike has entropy 1', () => {
    const { smallest_rate, largest_rate, entropy } = spreadOf([0, 1, 2, 3, 3, 2, 1, 0], 4)
    expect([smallest_rate, largest_rate]).toEqual([0.25, 0.25])
    expect(entropy).toBeCloseTo(1, 14)
  })

  test('of one class has entropy 0', () => {
    const { smallest_rate, largest_rate, entropy } = spreadOf([2, 2, 2, 2], 4)
    expect([smallest_rate, largest_rate]).toEqual([0, 1])
    expect(entropy).toBeCloseTo(0, 14)
  })

  test('of half in one of four classes and half in another is ½', () => {
    expect(spreadOf([0, 3], 4).entropy).toBeCloseTo(0.5, 14)
  })
})

test('accuracy is the share of labels that are right', () => {
  expect(accuracyOf([1, 2, 3, 4], [1, 2, 0, 0])).toBe(0.5)
})
