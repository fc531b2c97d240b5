/**
 * Monte Carlo standard errors: how far an estimate from the chains lies from the truth, typically.
 *
 *   mean       sd/√ESS(mean)
 *   sd         √( Var[(x − mean)²]/ESS(sd) )/(2 sd)
 *   quantile   half the distance of the draws at the .16 and .84 quantiles of Beta(p ESS + 1, (1 − p) ESS + 1)
 *
 * NaN below four draws a chain, or where there is a NaN. Equal to ArviZ 0.22.
 * Source: Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221
 */
import { betaQuantile } from './beta-quantile.ts'
import { ascending, mapDraws, meanOf, squaresOf, varianceOf } from './chains.ts'
import type { Draws } from './contract.ts'
import { essMean, essQuantile } from './ess.ts'

export const mcseMean = (draws: Draws): number => Math.sqrt(varianceOf(draws.values) / essMean(draws))

export function mcseSd(draws: Draws): number {
  const mean = meanOf(draws.values)
  const squared = mapDraws(draws, (value) => (value - mean) ** 2)
  const variance = meanOf(squared.values)
  return Math.sqrt(squaresOf(squared.values, variance) / squared.values.length / essMean(squared) / variance / 4)
}

export function mcseQuantile(draws: Draws, p: number): number {
  const ess = essQuantile(draws, p)
  if (Number.isNaN(ess)) return NaN
  const sorted = ascending(draws.values)
  const last = sorted.length - 1
  const at = (probability: number): number => betaQuantile(probability, ess * p + 1, ess * (1 - p) + 1) * sorted.length - 1
  const low = sorted[Math.max(0, Math.floor(at(0.1586553)))] as number
  const high = sorted[Math.min(last, Math.ceil(at(0.8413447)))] as number
  return (high - low) / 2
}
