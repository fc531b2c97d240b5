/**
 * Kolmogorov and Smirnov's distance: the largest distance between the distribution functions of two
 * ascending samples; NaN if one is empty. Source: Massey 1951, https://doi.org/10.1080/01621459.1951.10500769
 */
export function ksDistance(a: Float64Array, b: Float64Array): number {
  if (a.length === 0 || b.length === 0) return NaN
  let [i, j, largest] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number)
    while (i < a.length && a[i] === value) i++
    while (j < b.length && b[j] === value) j++
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length))
  }
  return largest
}
