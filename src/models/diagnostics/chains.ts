/** Views and means of chains, for the diagnostics of draws. */
import type { Draws } from './contract.ts'

export const chainOf = ({ values, draws }: Draws, chain: number): Draws['values'] => values.subarray(chain * draws, (chain + 1) * draws)

/** Each chain in two halves, as chains; an odd chain loses its middle draw. */
export function splitHalves({ values, chains, draws }: Draws): Draws {
  const half = draws >> 1
  const halves = new Float64Array(2 * chains * half)
  for (let c = 0; c < chains; c++) {
    halves.set(values.subarray(c * draws, c * draws + half), c * half)
    halves.set(values.subarray((c + 1) * draws - half, (c + 1) * draws), (chains + c) * half)
  }
  return { values: halves, chains: 2 * chains, draws: half }
}

/** The draws through a function. */
export function mapDraws({ values, chains, draws }: Draws, f: (value: number) => number): Draws {
  const mapped = new Float64Array(values.length)
  for (let i = 0; i < mapped.length; i++) mapped[i] = f(values[i] as number)
  return { values: mapped, chains, draws }
}

/** A sorted copy. */
export const ascending = (values: Draws['values']): Float64Array => new Float64Array(values).sort()

/** Fewer draws than four a chain, fewer chains than asked for, or a NaN: then a diagnostic is NaN. */
export const isInsufficient = ({ values, chains, draws }: Draws, fewest = 1): boolean =>
  draws < 4 || chains < fewest || hasNaN(values)

function hasNaN(values: Draws['values']): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true
  return false
}

/** Relative to the first value, so that equal values have exactly their own mean. NaN without values. */
export function meanOf(values: ArrayLike<number>): number {
  const first = values[0] ?? NaN
  let sum = 0
  for (let i = 1; i < values.length; i++) sum += (values[i] as number) - first
  return first + sum / values.length
}

/** Σ (x − mean)². */
export function squaresOf(values: ArrayLike<number>, mean = meanOf(values)): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - mean) ** 2
  return sum
}

/** With n − 1 in the denominator. */
export const varianceOf = (values: ArrayLike<number>): number => squaresOf(values) / (values.length - 1)
