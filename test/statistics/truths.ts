/**
 * Truths: what is known of a distribution, each as a check of independent draws.
 *
 * A truth gives the p-value of the draws, two-sided (checks.ts). Draws that are not finite are not
 * draws of any of these distributions: p = 0.
 */
import { countsP, distributionP, meanP } from './checks.ts'

export type Point = readonly number[]

/** Draws: one array for each coordinate. */
export type Coordinates = readonly Float32Array[]

export type Truth = (draws: Coordinates) => number

/** E f(x) = truth; of an indicator it is a probability. */
export const mean = (f: (x: Point) => number, truth: number): Truth => truthOf(f, (values) => meanP(values, truth))

/** P(f(x) ≤ v) = cdf(v). */
export const law = (f: (x: Point) => number, cdf: (value: number) => number): Truth => truthOf(f, (values) => distributionP(values, cdf))

/** P(f(x) = k) = probabilities[k], k from 0. */
export const classes = (f: (x: Point) => number, probabilities: readonly number[]): Truth => truthOf(f, (values) => {
  const counts = probabilities.map(() => 0)
  for (const k of values) counts[k] = (counts[k] as number) + 1
  return countsP(counts, probabilities)
})

export const coordinate = (i: number) => (x: Point): number => x[i] as number

export const indicator = (holds: (x: Point) => boolean) => (x: Point): number => Number(holds(x))

function truthOf(f: (x: Point) => number, check: (values: Float64Array) => number): Truth {
  return (draws) => {
    const values = Float64Array.from({ length: draws[0]?.length ?? 0 }, (_, i) => f(draws.map((column) => column[i] as number)))
    return values.every(Number.isFinite) ? check(values) : 0
  }
}
