/**
 * Wasserstein distance of two samples of numbers, exact.
 *
 *   W_p^p = ∫_0^1 |F⁻¹(u) − G⁻¹(u)|^p du
 *
 * Both are ascending; of any two sizes. NaN if one is empty.
 */
export function wassersteinPower(a: Float64Array, b: Float64Array, power: 1 | 2): number {
  if (a.length === 0 || b.length === 0) return NaN
  const cost = (i: number, j: number): number => {
    const difference = Math.abs((a[i] as number) - (b[j] as number))
    return power === 1 ? difference : difference * difference
  }
  let sum = 0
  if (a.length === b.length) {
    for (let i = 0; i < a.length; i++) sum += cost(i, i)
    return sum / a.length
  }
  // Both quantile functions are steps: walk over the union of their ends, counted in 1/(m n).
  let [i, j, at] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const [endA, endB] = [(i + 1) * b.length, (j + 1) * a.length]
    const end = Math.min(endA, endB)
    sum += (end - at) * cost(i, j)
    at = end
    if (endA === end) i++
    if (endB === end) j++
  }
  return sum / (a.length * b.length)
}
