/**
 * The energy distance between two sets of points.
 *
 *   2 E|x − y| − E|x − x'| − E|y − y'|
 *
 * Means over all pairs, those of a point with itself left out: unbiased, so it may be below 0. The
 * distance between distributions is 0 only if they are equal, whatever their dimension.
 * Source: Székely & Rizzo 2013, https://doi.org/10.1016/j.jspi.2013.03.018
 */
import { pairMeans } from './pair-means.ts'
import type { Points } from './points.ts'

/** Throws RangeError unless each set has two points. */
export function energyDistance(a: Points, b: Points): number {
  const { within_a, within_b, across } = pairMeans(a, b, Math.sqrt)
  return 2 * across - within_a - within_b
}
