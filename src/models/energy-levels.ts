/**
 * A system of energy levels at a temperature.
 *
 *   p_i = exp(−ε_i/τ)/Z,   U = Σ p_i ε_i,   S = −Σ p_i ln p_i,   F = −τ ln Z = U − τS,   C = dU/dτ = Var(ε)/τ²
 *
 * Temperatures are k_B T, entropies in nats. τ may be negative where there are finitely many levels:
 * higher levels are then the fuller ones. β = 1/τ.
 * Source: Jaynes 1957, https://doi.org/10.1103/PhysRev.106.620
 */

export interface LevelStatistics {
  readonly probabilities: readonly number[]
  /** U */
  readonly mean_energy: number
  /** S, in nats. */
  readonly entropy: number
  /** F = U − τS. */
  readonly free_energy: number
  /** C, in units of k_B. */
  readonly heat_capacity: number
}

export const populations = (levels: readonly number[], temperature: number): number[] => populationsAt(levels, 1 / temperature)

/** log Z = log Σ exp(−ε/τ). */
export const logPartition = (levels: readonly number[], temperature: number): number => logSumExp(levels.map((level) => -level / temperature))

export function levelStatistics(levels: readonly number[], temperature: number): LevelStatistics {
  const probabilities = populations(levels, temperature)
  const mean_energy = mean(levels, probabilities)
  const variance = levels.reduce((sum, level, i) => sum + (probabilities[i] as number) * (level - mean_energy) ** 2, 0)
  return {
    probabilities,
    mean_energy,
    entropy: -probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0),
    free_energy: -temperature * logPartition(levels, temperature),
    heat_capacity: variance / temperature ** 2,
  }
}

/**
 * β of the distribution of greatest entropy among those with a mean energy: it is Boltzmann's. 0 where
 * the mean is that of all levels alike, negative above it. Throws RangeError unless the mean lies
 * between the lowest and the highest level.
 */
export function inverseTemperatureFor(levels: readonly number[], meanEnergy: number): number {
  const [lowest, highest] = [Math.min(...levels), Math.max(...levels)]
  if (!(meanEnergy > lowest && meanEnergy < highest)) throw new RangeError(`no temperature has the mean energy ${meanEnergy}: it lies between the lowest level ${lowest} and the highest ${highest}, themselves excluded`)
  const excess = (beta: number): number => mean(levels, populationsAt(levels, beta)) - meanEnergy // falls with β
  let [low, high] = [-1 / (highest - lowest), 1 / (highest - lowest)]
  while (excess(low) < 0) low *= 2
  while (excess(high) > 0) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2
    if (excess(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function populationsAt(levels: readonly number[], beta: number): number[] {
  const exponents = levels.map((level) => -beta * level)
  const logZ = logSumExp(exponents)
  return exponents.map((exponent) => Math.exp(exponent - logZ))
}

const mean = (levels: readonly number[], probabilities: readonly number[]): number =>
  levels.reduce((sum, level, i) => sum + (probabilities[i] as number) * level, 0)

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values)
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}
