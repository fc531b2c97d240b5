/**
 * Rank normalisation: each draw becomes the quantile of a normal law that its rank stands for.
 *
 *   z = Φ⁻¹((r − 3/8)/(S + 1/4)),   r = average rank of the draw among all S draws of all chains
 *
 * Source: Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221, equation 14
 */
import { ascending } from './chains.ts'
import type { Draws } from './contract.ts'
import { normalQuantile } from './normal-quantile.ts'

export function normalScores({ values, chains, draws }: Draws): Draws {
  const sorted = ascending(values)
  const scoreAt = scoresOf(sorted)
  const scores = new Float64Array(values.length)
  for (let i = 0; i < scores.length; i++) scores[i] = scoreAt[numBelow(sorted, values[i] as number)] as number
  return { values: scores, chains, draws }
}

/** The score of each of ascending values, where the first of equal values stands. */
function scoresOf(sorted: Float64Array): Float64Array {
  const size = sorted.length
  const scores = new Float64Array(size)
  for (let from = 0, to = 0; from < size; from = to) {
    while (to < size && sorted[to] === sorted[from]) to++
    scores[from] = scoreOf(from, to, size)
  }
  return scores
}

/** The score of a value that is among ascending values. */
export function averageScore(sorted: Float64Array, value: number): number {
  const from = numBelow(sorted, value)
  let to = from
  while (sorted[to] === value) to++
  return scoreOf(from, to, sorted.length)
}

/** Of values that have the ranks from `from` to `to`, itself excluded, counted from 0. */
const scoreOf = (from: number, to: number, size: number): number => normalQuantile(((from + to + 1) / 2 - 3 / 8) / (size + 1 / 4))

/** How many of ascending values are below `value`. */
function numBelow(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
