/**
 * Effective sample size of chains for their mean: how many independent draws would tell as much.
 *
 *   ESS = S/τ,   τ = −1 + 2 Σ_t (ρ_2t + ρ_2t+1),   ρ_t = 1 − (W − γ_t)/V
 *   W = n/(n − 1) γ_0,   V = γ_0 + variance of the chains' means
 *
 * γ_t is the autocovariance, S the number of all draws. The sum ends before its terms turn negative
 * and is made to fall (Geyer's initial monotone sequence); τ is at least 1/log10 S. Draws that are all
 * alike count in full. NaN where a draw is not finite.
 * Source: Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221, section 3.2, as ArviZ computes it
 */
import { chainOf, meanOf, varianceOf } from './chains.ts'
import type { Draws } from './contract.ts'
import { meanAutocovariance } from './autocovariance.ts'

export function effectiveSize(draws: Draws): number {
  const { values, chains, draws: n } = draws
  const size = chains * n
  if (rangeOf(values) < 1e-15) return size
  const gamma = meanAutocovariance(draws)
  const within = ((gamma[0] as number) * n) / (n - 1)
  const between = chains > 1 ? varianceOf(Array.from({ length: chains }, (_, c) => meanOf(chainOf(draws, c)))) : 0
  const total = (gamma[0] as number) + between
  if (Number.isNaN(total)) return NaN
  const { tau } = initialMonotone(gamma.map((value) => 1 - (within - value) / total))
  return size / Math.max(tau, 1 / Math.log10(size))
}

/** τ of autocorrelations, ρ_0 counted as 1, and whether its sum ended before they did. Step for step as ArviZ goes, at the ends too. */
export function initialMonotone(rho: Float64Array): { readonly tau: number; readonly is_ended: boolean } {
  let [t, even, odd] = [1, 1, rho[1] as number]
  while (t < rho.length - 3 && even + odd > 0) {
    even = rho[t + 1] as number
    odd = rho[t + 2] as number
    t += 2
  }
  // The last pair looked at counts with its first alone: once, and if the pair is negative only where it is positive.
  const last = t - 2
  const kept = rho.slice(0, last + 2)
  kept[0] = 1
  if (even + odd < 0 && even <= 0) kept[last + 1] = 0
  for (let i = 1; i <= last - 2; i += 2) {
    const before = ((kept[i - 1] as number) + (kept[i] as number)) / 2
    if ((kept[i + 1] as number) + (kept[i + 2] as number) > 2 * before) kept[i + 1] = kept[i + 2] = before
  }
  const tau = -1 + 2 * kept.subarray(0, last + 1).reduce((sum, value) => sum + value, 0) + (kept[last + 1] as number)
  return { tau, is_ended: even + odd <= 0 }
}

function rangeOf(values: Draws['values']): number {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low
}
