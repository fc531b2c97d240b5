/**
 * Products in bfloat16: factors rounded to 8 bits, their terms summed in float32.
 *
 * Processors with AMX make them in three quarters of the time or less; others convert numbers to and fro, and lose (docs/DECISIONS.md).
 * Who asks for the products of a function gets those of its gradients as well, however often they are taken: a product
 * that shares a factor with one in bfloat16 is one too. Small products, and whatever runs op by op, stay in float32.
 */
import type { FunctionBuilder } from './graph/builder.ts'
import type { Product } from './products.ts'
import type { DataId } from './tf.ts'

/** Fewest multiplications of a product that gains. */
const FEWEST = 2 ** 20

let is_asked = false

/** Runs `f`, whose products of matrices are recorded in bfloat16. */
export function inBfloat16<T>(f: () => T): T {
  const before = is_asked
  is_asked = true
  try {
    return f()
  } finally {
    is_asked = before
  }
}

/** Whether a product is one in bfloat16, by the factors of those before it; they are joined by its own. */
export function joinsBfloat16({ x, y, columns }: Product, factors: WeakSet<DataId>): boolean {
  const joins = is_asked || factors.has(x.dataId) || factors.has(y.dataId)
  if (joins) for (const { dataId } of [x, y]) factors.add(dataId)
  return joins && x.size * columns >= FEWEST
}

/** Of the factors `refs`. */
export function bfloat16Product(builder: FunctionBuilder, refs: readonly string[], { xIsTransposed, yIsTransposed }: Product): string {
  const [T, Tout] = [{ type: 'bfloat16' }, { type: 'float32' }] as const
  const rounded = refs.map((ref) => builder.op('Cast', [ref], { SrcT: Tout, DstT: T })())
  return builder.op('BatchMatMulV3', rounded, { Ta: T, Tb: T, Tout, adj_x: { bool: xIsTransposed }, adj_y: { bool: yIsTransposed } })()
}
