/** Chains for tests, whose autocorrelation is known. */
import type { Draws } from '../../../src/models/diagnostics/contract.ts'
import { keyedDraws } from '../../../src/streams/draws.ts'

/** Autoregressive chains from their stationary law N(0, 1): correlation φ^t, one effective draw in (1 + φ)/(1 − φ). */
export function autoregressive(seed: number, site: string, chains: number, draws: number, phi: number): Draws {
  const keyed = keyedDraws(seed, site)
  const values = new Float64Array(chains * draws)
  const noise = (i: number): number => keyed.normals(i >> 1)[i & 1] as number
  for (let c = 0; c < chains; c++) {
    let x = noise(c * draws)
    for (let t = 0; t < draws; t++) {
      if (t > 0) x = phi * x + Math.sqrt(1 - phi * phi) * noise(c * draws + t)
      values[c * draws + t] = x
    }
  }
  return { values, chains, draws }
}

/** The draws of each step, as they come while chains run. */
export function steps({ values, chains, draws }: Draws): Float64Array[] {
  return Array.from({ length: draws }, (_, t) => Float64Array.from({ length: chains }, (__, c) => values[c * draws + t] as number))
}

/** What takes a step after the other, once it has all of them. */
export function fed<T extends { add(draws: Float64Array): void }>(stream: T, draws: Draws): T {
  for (const step of steps(draws)) stream.add(step)
  return stream
}

export const allOf = ({ chains }: Draws): number[] => Array.from({ length: chains }, (_, c) => c)

/** Mean and standard deviation. */
export function spread(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) }
}
