/** What XLA compiles is written by ops that are quick to translate, and they compute what the others do. */
import { describe, expect, test } from 'vitest'
import { float32, int32, record, type Program } from '../../src/engine/index.ts'
import { tf, type Tensor } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { compiled, difference, eagerly } from './both.ts'

needs('tensorflow')

const OPS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  Floor: tf.floor,
  IsNan: tf.isNaN,
  Reciprocal: tf.reciprocal,
  Relu: tf.relu,
  Select: (x) => tf.where(tf.greater(x, 0.4), x, tf.neg(x)),
  Sigmoid: tf.sigmoid,
}

const VALUES = float32([3, 5], Float32Array.of(NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, -2.5, 30, -30, 100, -100))

const opsOf = ({ functions }: Program): string[] => functions.flatMap(({ nodes }) => nodes.map(({ op }) => op))

describe.each(Object.entries(OPS))('%s', (op, f) => {
  test('is computed as op by op, of numbers of every kind', async () => {
    expect(difference(await compiled(f, VALUES), await eagerly(f, VALUES))).toBeLessThan(1e-7)
  })

  test('is written otherwise for XLA alone', () => {
    const recorded = (is_compiled: boolean): string[] => opsOf(record<Tensor>('an op', VALUES, f, { is_compiled }).program)
    expect(recorded(true)).not.toContain(op)
    expect(recorded(false)).toContain(op)
  })
})

test('ops of whole numbers stay', async () => {
  const x = int32([4], Int32Array.of(-3, 0, 2, 7))
  expect(opsOf(record<Tensor>('an op', x, tf.relu).program)).toContain('Relu')
  expect(await compiled(tf.relu, x)).toEqual(int32([4], Int32Array.of(0, 0, 2, 7)))
})
