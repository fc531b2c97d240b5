/**
 * Energy distance, squared.
 *
 *   D² = 2 E|x − y| − E|x − x'| − E|y − y'|
 *
 * As a U-statistic: unbiased, so that it may be negative where both distributions are alike; its
 * expectation is 0 only there. In the units of x. In one dimension it is 2 ∫ (F − G)² dx.
 * Shapes: x [m, dim], y [n, dim], m and n at least 2. O((m + n)² dim) time, no memory.
 * Source: Székely & Rizzo 2013, https://doi.org/10.1016/j.jspi.2013.03.018
 */
import type { Points } from './contract.ts'
import { meanBetween, meanWithin } from './distances.ts'

export const squaredEnergyDistance = (x: Points, y: Points): number =>
  2 * meanBetween(x, y, Math.sqrt) - meanWithin(x, Math.sqrt) - meanWithin(y, Math.sqrt)
