/**
 * Matrix products with a thin side, as sums that XLA fuses into what is around them.
 *
 *   (X Yᵀ)_mn = Σ_k X_mk Y_nk              one term for each of a few k
 *   (Xᵀ Y)_mn = Σ_k X_km Y_kn              for each of a few n a sum over rows
 *
 * The first and last layers of a net on few coordinates make them, in its gradients: there the library
 * that multiplies matrices on the CPU takes as long as for products fifty times their size. Measured,
 * 128 rows, width 128, 2 coordinates: 36 µs to 6, and 50 to 10, of a training step of 550.
 */
import type { TfAttribute } from './binding.ts'
import { tf, type Tensor } from './tf.ts'

/** Most terms of the first, and most sums of the second. */
const THIN = 4

/** The product that op BatchMatMulV2 with these attributes gives, if it is a thin one. */
export function thinProduct(attributes: readonly TfAttribute[], [x, y]: readonly Tensor[]): Tensor | undefined {
  if (x === undefined || y === undefined) return undefined
  const is = (name: string): boolean => attributes.find((attribute) => attribute.name === name)?.value === true
  const [xIsTransposed, yIsTransposed] = [is('adj_x'), is('adj_y')]
  const terms = x.shape.at(xIsTransposed ? -2 : -1) as number
  const columns = y.shape.at(yIsTransposed ? -2 : -1) as number
  if (yIsTransposed && !xIsTransposed && terms <= THIN) {
    return sum(terms, (k) => tf.mul(column(x, k), turned(column(y, k))))
  }
  if (xIsTransposed && !yIsTransposed && columns <= THIN && terms > THIN) {
    const sums = Array.from({ length: columns }, (_, n) => tf.expandDims(tf.sum(tf.mul(x, column(y, n)), -2), -1))
    return tf.concat(sums, -1)
  }
  return undefined
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
