/** Points, made and looked at. Shapes: [count, dim], a point after the other. */
import type { Points } from './contract.ts'

/** The points that `values` hold. Throws RangeError unless they are some whole ones. */
export function pointsIn<Values extends Points['values']>(values: Values, dim: number): Points & { readonly values: Values } {
  if (values.length === 0 || values.length % dim !== 0) throw new RangeError(`${values.length} values are no points of ${dim} coordinates`)
  return { values, count: values.length / dim, dim }
}

/** Throws RangeError unless both have points, of one dimension. */
export function checkPoints(a: Points, b: Points): void {
  if (a.dim !== b.dim) throw new RangeError(`points of ${a.dim} and of ${b.dim} coordinates`)
  for (const { count, dim } of [a, b]) if (count === 0) throw new RangeError(`there are no points of ${dim} coordinates`)
}
