/** When a batch is better worked on in halves. */
import { describe, expect, test } from 'vitest'
import { record, Spec } from '../../src/engine/index.ts'
import type { Tensor } from '../../src/engine/tf.ts'
import { paysInHalves, type Rows } from '../../src/models/losses/row-halves.ts'
import { needs } from '../needs.ts'

needs('tensorflow')

const inputs = (rows: number, ...parameters: readonly number[][]) =>
  ({ rows: { x: new Spec('float32', [rows, 2]) }, parameters: parameters.map((shape) => new Spec('float32', shape)) })

/** In a recording, as a loss asks. */
function pays(example: ReturnType<typeof inputs>, is_compiled = true): boolean | undefined {
  let pays_so: boolean | undefined
  record('a loss', example, ({ rows, parameters }: { rows: Rows; parameters: Tensor[] }) => {
    pays_so = paysInHalves(rows, parameters)
    return rows
  }, { is_compiled })
  return pays_so
}

describe('halves of a batch pay', () => {
  test.each([
    ['of 256 rows and 128 units', inputs(256, [2, 128], [128, 128])],
    ['of 128 rows and 256 units', inputs(128, [256, 256])],
    ['of many rows and many units', inputs(512, [784, 512])],
  ])('%s', (_, example) => {
    expect(pays(example)).toBe(true)
  })

  test.each([
    ['with little to compute', inputs(128, [128, 128])],
    ['with more weights than rows are worth', inputs(128, [784, 512])],
    ['of an odd number of rows', inputs(257, [128, 128])],
    ['of convolutions', inputs(256, [128, 128], [3, 3, 32, 32])],
    ['without parameters', inputs(256)],
  ])('not %s', (_, example) => {
    expect(pays(example)).toBe(false)
  })

  test('not op by op', () => {
    expect(pays(inputs(256, [128, 128]), false)).toBe(false)
  })
})
