/** Sets of points, as rows: what two-sample measures compare. Row-major: [rows, dim]. */
export interface Points {
  readonly values: Float32Array | Float64Array
  readonly dim: number
}

export const rowsOf = ({ values, dim }: Points): number => values.length / dim

/** Throws RangeError unless both have points, of one dimension. */
export function checkPoints(a: Points, b: Points): void {
  if (a.dim !== b.dim) throw new RangeError(`points of ${a.dim} and of ${b.dim} coordinates`)
  for (const { values, dim } of [a, b]) {
    if (values.length === 0 || values.length % dim !== 0) throw new RangeError(`${values.length} values are no points of ${dim} coordinates`)
  }
}

/** Squared Euclidean distance between row i of a and row j of b. */
export function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  let sum = 0
  for (let k = 0, p = i * a.dim, q = j * b.dim; k < a.dim; k++, p++, q++) {
    const difference = (a.values[p] as number) - (b.values[q] as number)
    sum += difference * difference
  }
  return sum
}
