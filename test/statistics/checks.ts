/**
 * Statistical checks: numbers that were drawn, against a truth known in closed form.
 *
 * Each gives a p-value, two-sided: how often numbers as far from the truth, or farther, come by
 * chance. A check fails below its α. The α of all checks of a run are summed, and the sum may be
 * 1e-3 at most (test/report.ts). Seeds are fixed; HEATBATH_SEED=fresh draws others, HEATBATH_SEED=7 repeats such a run.
 */
import { randomInt } from 'node:crypto'
import { expect, TestRunner } from 'vitest'
import { chiSquareTail, kolmogorovTail, normalTails } from './probability.ts'

/** α of a check, unless it states its own: 4.9 standard deviations. */
export const ALPHA = 1e-6

const run = ((): number => {
  const { HEATBATH_SEED: wanted = '0' } = process.env
  if (wanted !== 'fresh') return Number(wanted)
  const drawn = randomInt(2 ** 31)
  console.log(`HEATBATH_SEED=${drawn}`)
  return drawn
})()

/** The seed of a check: fixed, unless HEATBATH_SEED says otherwise. */
export const seed = (fixed: number): number => (run === 0 ? fixed : run + fixed)

/** Holds that numbers agree with the truth. */
export function expectAgreement(claim: string, p: number, alpha = ALPHA): void {
  const test = TestRunner.getCurrentTest()
  if (test !== undefined) test.meta.alphas = [...(test.meta.alphas ?? []), alpha]
  expect(p, `${claim}: p`).toBeGreaterThanOrEqual(alpha)
}

/** Holds that a check is able to fail: that numbers known to be wrong do not pass. */
export function expectRejection(claim: string, p: number, alpha = ALPHA): void {
  expect(p, `${claim}: p`).toBeLessThan(alpha)
}

/** Of the mean of f over independent numbers, against the truth. */
export function meanP(values: ArrayLike<number>, truth: number, f = (value: number): number => value): number {
  const n = values.length
  let [sum, squares] = [0, 0]
  for (let i = 0; i < n; i++) {
    const difference = f(values[i] as number) - truth
    sum += difference
    squares += difference * difference
  }
  const spread = Math.max(0, squares - (sum * sum) / n) // of equal values, rounding may leave less than nothing
  return spread === 0 ? Number(sum === 0) : normalTails(sum / Math.sqrt(spread * (n / (n - 1))))
}

/** Of the part of independent draws in which something holds. */
export const rateP = (successes: number, draws: number, truth: number): number =>
  normalTails((successes - draws * truth) / Math.sqrt(draws * truth * (1 - truth)))

/** Of counts in classes, against the probabilities of the classes (which sum to 1). */
export function countsP(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const x = counts.reduce((sum, count, i) => sum + (count - total * (probabilities[i] as number)) ** 2 / (total * (probabilities[i] as number)), 0)
  return chiSquareTail(x, counts.length - 1)
}

/** Kolmogorov and Smirnov's, of independent numbers against their distribution function. */
export function distributionP(values: Float32Array | Float64Array, cdf: (value: number) => number): number {
  const sorted = values.slice().sort()
  const n = sorted.length
  let d = 0
  for (let i = 0; i < n; i++) {
    const u = cdf(sorted[i] as number)
    d = Math.max(d, u - i / n, (i + 1) / n - u)
  }
  return kolmogorovTail(Math.sqrt(n) * d)
}

/** Of no correlation between pairs of independent numbers. */
export function correlationP(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - meanA) * ((b[i] as number) - meanB)
  return normalTails(sum / Math.sqrt(a.length * varianceOf(a) * varianceOf(b)))
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum / values.length
}

function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - mean) ** 2
  return sum / (values.length - 1)
}
