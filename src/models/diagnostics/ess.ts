/**
 * Effective sample sizes of one variable of several chains.
 *
 *   bulk         of the draws, rank-normalised: how well the centre of the distribution is known
 *   tail         the smaller of those of 1[x ≤ q_05] and 1[x ≤ q_95]
 *   quantile     of 1[x ≤ q_p]
 *   mean, sd     of x, and of (x − mean)²
 *
 * Each of the halves of all chains. NaN below four draws a chain, or where there is a NaN. Equal to
 * ArviZ 0.22. Source: Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221
 */
import { ascending, isInsufficient, mapDraws, meanOf, splitHalves } from './chains.ts'
import type { Draws } from './contract.ts'
import { effectiveSize } from './effective-size.ts'
import { normalScores } from './normal-scores.ts'
import { sampleQuantile } from './sample-quantile.ts'

export const essBulk = (draws: Draws): number => (isInsufficient(draws) ? NaN : effectiveSize(normalScores(splitHalves(draws))))

export const essTail = (draws: Draws): number => Math.min(essQuantile(draws, 0.05), essQuantile(draws, 0.95))

export function essQuantile(draws: Draws, p: number): number {
  if (isInsufficient(draws)) return NaN
  const quantile = sampleQuantile(ascending(draws.values), p)
  return effectiveSize(splitHalves(mapDraws(draws, (value) => (value <= quantile ? 1 : 0))))
}

export const essMean = (draws: Draws): number => (isInsufficient(draws) ? NaN : effectiveSize(splitHalves(draws)))

export function essSd(draws: Draws): number {
  const mean = meanOf(draws.values)
  return essMean(mapDraws(draws, (value) => (value - mean) ** 2))
}
