/** Products in bfloat16 are those of rounded factors, summed in float32; so are their gradients' products, and no others. */
import { describe, expect, test } from 'vitest'
import { inBfloat16, valueAndGrads, type HostArray } from '../../src/engine/index.ts'
import { record } from '../../src/engine/record.ts'
import { tf, type Scalar, type Tensor, type Tensor2D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { compiled, difference, eagerly } from './both.ts'
import { floats } from './numbers.ts'

needs('tensorflow')

const [ROWS, TERMS, COLUMNS] = [128, 96, 96]

/** To eight bits, halves to even. */
function rounded(value: number): number {
  const word = new Uint32Array(Float32Array.of(value).buffer)
  const low = (word[0] as number) & 0xffff
  word[0] = ((word[0] as number) & 0xffff0000) >>> 0
  if (low > 0x8000 || (low === 0x8000 && ((word[0] as number) & 0x10000) !== 0)) word[0] = (word[0] as number) + 0x10000
  return new Float32Array(word.buffer)[0] as number
}

/** Of [r, t] and [t, c], with factors as `round` makes them. */
function productOf(x: HostArray, y: HostArray, round: (value: number) => number): number[] {
  const [[rows = 0, terms = 0], columns = 0] = [x.shape, y.shape[1]]
  const [a, b] = [Array.from(x.data, round), Array.from(y.data, round)]
  return Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    return Array.from({ length: terms }, (__, k) => (a[row * terms + k] as number) * (b[k * columns + column] as number)).reduce((sum, term) => sum + term, 0)
  })
}

const farthest = (a: ArrayLike<number>, b: readonly number[]): number => b.reduce((most, value, i) => Math.max(most, Math.abs(value - (a[i] as number))), 0)

const opsOf = (fn: (inputs: never) => unknown, inputs: unknown, is_compiled = true): string[] =>
  record('a product', inputs, fn as (inputs: unknown) => unknown, { is_compiled }).program.functions.flatMap(({ nodes }) => nodes.map(({ op }) => op)).filter((op) => op.startsWith('BatchMatMul'))

describe('a product in bfloat16', () => {
  const inputs = [floats([ROWS, TERMS]), floats([TERMS, COLUMNS], -1, 1, 1)] as const
  const product = ([x, y]: readonly Tensor2D[]): Tensor2D => inBfloat16(() => tf.matMul(x as Tensor2D, y as Tensor2D))
  const loss = (ts: readonly Tensor2D[]): Scalar => tf.sum(tf.sin(product(ts)))
  const slopes = (ts: readonly Tensor2D[]): Tensor[] => valueAndGrads((at: Tensor2D[]) => loss(at), [...ts]).grads
  const curves = (ts: readonly Tensor2D[]): Tensor[] => valueAndGrads((at: Tensor2D[]) => tf.addN(slopes(at).map((t) => tf.sum<Scalar>(tf.square(t)))), [...ts]).grads

  test('is that of rounded factors, summed in float32', async () => {
    const { data } = await compiled<HostArray>(product, [...inputs])
    expect(farthest(data, productOf(...inputs, rounded))).toBeLessThan(1e-5)
    expect(farthest(data, productOf(...inputs, (value) => value))).toBeGreaterThan(1e-3)
  })

  test('has gradients of such products, and they too', async () => {
    expect(opsOf(product, inputs)).toEqual(['BatchMatMulV3'])
    for (const fn of [slopes, curves]) {
      expect(new Set(opsOf(fn, inputs))).toEqual(new Set(['BatchMatMulV3']))
      expect(difference(await compiled(fn, [...inputs]), await eagerly(fn, [...inputs]))).toBeLessThan(2e-2)
    }
  })

  test('stays in float32 where it is small, and op by op', () => {
    expect(opsOf(product, [floats([8, TERMS]), inputs[1]])).toEqual(['BatchMatMulV2'])
    expect(opsOf(product, inputs, false)).toEqual(['BatchMatMulV2'])
  })

  test('leaves others as they are, also after an error', () => {
    const others = [floats([ROWS, TERMS], -1, 1, 2), floats([TERMS, COLUMNS], -1, 1, 3)]
    const after = ([x, y]: readonly Tensor2D[]): Tensor2D => {
      expect(() => inBfloat16(() => {
        throw new Error('within')
      })).toThrow('within')
      return tf.matMul(x as Tensor2D, y as Tensor2D)
    }
    expect(opsOf(after, others)).toEqual(['BatchMatMulV2'])
  })
})
