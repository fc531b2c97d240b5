/**
 * R̂: by how much the spread of a variable might still shrink, from how far chains lie apart.
 *
 *   R̂ = √( ((n − 1)/n W + B/n) / W )
 *
 * of the halves of all chains, n draws each: W is the mean of their variances, B/n the variance of
 * their means. `rHat` is the larger of that of the draws, rank-normalised, and of their distances
 * from the median, rank-normalised: the one sees chains that differ in place, the other in spread;
 * both are fit for heavy tails. `splitRHat` takes the draws as they are. 1 says nothing is amiss; above
 * 1.01 do not trust the draws.
 *
 * NaN below four draws a chain or two chains, where there is a NaN, or where all draws are alike.
 * Equal to ArviZ 0.22. Source: Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221
 */
import { ascending, chainOf, isInsufficient, mapDraws, meanOf, splitHalves, squaresOf, varianceOf } from './chains.ts'
import type { Draws } from './contract.ts'
import { normalScores } from './normal-scores.ts'
import { sampleQuantile } from './sample-quantile.ts'

export function rHat(draws: Draws): number {
  if (isInsufficient(draws, 2)) return NaN
  const halves = splitHalves(draws)
  const median = sampleQuantile(ascending(halves.values), 0.5)
  const bulk = potentialScaleReduction(normalScores(halves))
  const folded = potentialScaleReduction(normalScores(mapDraws(halves, (value) => Math.abs(value - median))))
  return folded > bulk ? folded : bulk // of two values as many, the folded one is NaN
}

export const splitRHat = (draws: Draws): number => (isInsufficient(draws, 2) ? NaN : potentialScaleReduction(splitHalves(draws)))

function potentialScaleReduction(draws: Draws): number {
  const n = draws.draws
  const chains = Array.from({ length: draws.chains }, (_, c) => chainOf(draws, c))
  const means = chains.map(meanOf)
  return scaleReduction(n, meanOf(chains.map((chain, c) => squaresOf(chain, means[c]) / (n - 1))), varianceOf(means))
}

/** R̂ from W and B/n. */
export const scaleReduction = (n: number, within: number, between: number): number =>
  Math.sqrt(((n * between) / within + n - 1) / n)
