/**
 * A quantile of ascending numbers, linear between neighbours (R's type 7).
 * Source: Hyndman & Fan 1996, https://doi.org/10.2307/2684934
 */
export function sampleQuantile(sorted: Float64Array, p: number): number {
  const n = sorted.length
  // In this order, which rounds as ArviZ does: draws are compared with the result.
  const at = n * p + (1 - p)
  const below = Math.floor(Math.min(Math.max(at, 1), n - 1))
  const weight = Math.min(Math.max(at - below, 0), 1)
  return (1 - weight) * (sorted[below - 1] as number) + weight * (sorted[below] as number)
}
