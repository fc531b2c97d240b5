/**
 * How XLA multiplies matrices on a CPU depends on their shape and on where they stand. What this engine does about it.
 *
 * Thin products are written as sums that XLA fuses into what is around them:
 *
 *   (X Yᵀ)_mn = Σ_k X_mk Y_nk              one term for each of a few k
 *   (Xᵀ Y)_mn = Σ_k X_km Y_kn              for each of a few n a sum over rows
 *
 * The first and last layers of a net on few coordinates make them, in its gradients: there the library
 * that multiplies matrices takes as long as for products fifty times their size. Measured,
 * 128 rows, width 128, 2 coordinates: 36 µs to 6, and 50 to 10, of a training step of 550.
 *
 * Long products keep a loop from becoming one function. XLA makes one of each loop that touches few bytes, and in it a
 * product of some fifty terms or more is made one number at a time: [128, 64] [64, 64] takes 350 µs there, 19 elsewhere.
 * A loop with a call into a library is left as it is, so such a loop calls one (`withCall`).
 */
import { binding, type TfAttribute } from './binding.ts'
import type { FunctionBuilder } from './graph/builder.ts'
import { tf, type Tensor } from './tf.ts'

/** Most terms of the first sum, and most sums of the second. */
const THIN = 4

/** Most terms of a product that is fast in a function, and fewest multiplications of one that matters. */
const LONG = 48
const MANY = 8192

/** What op BatchMatMulV2 multiplies. */
export interface Product {
  readonly x: Tensor
  readonly y: Tensor
  readonly xIsTransposed: boolean
  readonly yIsTransposed: boolean
  /** Of each number of it. */
  readonly terms: number
  readonly columns: number
}

export function productOf(attributes: readonly TfAttribute[], [x, y]: readonly Tensor[]): Product {
  if (x === undefined || y === undefined) throw new RangeError('a product is of two')
  const is = (name: string): boolean => attributes.find((attribute) => attribute.name === name)?.value === true
  const [xIsTransposed, yIsTransposed] = [is('adj_x'), is('adj_y')]
  return { x, y, xIsTransposed, yIsTransposed, terms: x.shape.at(xIsTransposed ? -2 : -1) as number, columns: y.shape.at(yIsTransposed ? -2 : -1) as number }
}

/** The product, if it is a thin one. */
export function thinProduct({ x, y, terms, columns, xIsTransposed, yIsTransposed }: Product): Tensor | undefined {
  if (yIsTransposed && !xIsTransposed && terms <= THIN) {
    return sum(terms, (k) => tf.mul(column(x, k), turned(column(y, k))))
  }
  if (xIsTransposed && !yIsTransposed && columns <= THIN && terms > THIN) {
    const sums = Array.from({ length: columns }, (_, n) => tf.expandDims(tf.sum(tf.mul(x, column(y, n)), -2), -1))
    return tf.concat(sums, -1)
  }
  return undefined
}

/** Whether it is a long one, of matrices; GPUs have no small loops. */
export function isLongProduct({ x, terms, columns }: Product): boolean {
  return terms > LONG && x.size > terms && columns > 1 && x.size * columns >= MANY && !binding().isUsingGpuDevice()
}

/** The same condition, by way of a call: the largest of i, −i and 1 is never negative, which XLA cannot know. */
export function withCall(builder: FunctionBuilder, condition: string, i: string): string {
  const T = { type: 'float32' as const }
  const number = builder.op('Cast', [i], { SrcT: { type: 'int32' }, DstT: T })()
  const numbers = builder.op('Pack', [number, builder.op('Neg', [number], { T })(), builder.constant('float32', [], [1])], { N: { int: 3 }, T, axis: { int: 0 } })()
  const largest = builder.op('TopKV2', [numbers, builder.int(1)], { T, Tk: { type: 'int32' }, index_type: { type: 'int32' }, sorted: { bool: true } })(0)
  const known = builder.op('GreaterEqual', [builder.op('Reshape', [largest, builder.ints([])], { T, Tshape: { type: 'int32' } })(), builder.constant('float32', [], [0])], { T })()
  return builder.op('LogicalAnd', [condition, known])()
}

/** Column `index`, [..., 1]. */
function column(t: Tensor, index: number): Tensor {
  const last = t.rank - 1
  return tf.slice(t, t.shape.map((_, i) => (i === last ? index : 0)), t.shape.map((extent, i) => (i === last ? 1 : extent)))
}

/** [..., n, 1] as [..., 1, n]. */
const turned = (t: Tensor): Tensor => tf.reshape(t, [...t.shape.slice(0, -2), 1, t.shape.at(-2) as number])

const sum = (count: number, term: (k: number) => Tensor): Tensor =>
  Array.from({ length: count - 1 }, (_, k) => k + 1).reduce((total, k) => tf.add(total, term(k)), term(0))
