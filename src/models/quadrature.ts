/**
 * Integrals of a Boltzmann distribution on the line or in the plane, by the midpoint rule.
 *
 *   log Z = log ∫ exp(−E(x)/τ) dx,   ⟨f⟩ = ∫ f(x) exp(−E(x)/τ) dx / Z
 *
 * Converges faster than any power of the spacing for smooth energies that are high at the edges of
 * the box. Of a bounded support, give its box.
 */
import { tf, type Tensor2D } from '../engine/tf.ts'
import type { Energy } from './energies/contract.ts'

export interface Box {
  /** Ends in each coordinate. */
  readonly lower: number | readonly number[]
  readonly upper: number | readonly number[]
  /** Midpoints in each coordinate. */
  readonly points: number
}

export interface Quadrature {
  readonly log_z: number
  /** Mean of a function of the coordinates. */
  mean(f: (x: readonly number[]) => number): number
}

/** Throws RangeError for energies of more than two coordinates, or of discrete ones. */
export function quadrature({ dim, discrete, energy }: Energy, temperature: number, { lower, upper, points }: Box): Quadrature {
  if (dim > 2 || discrete !== undefined) throw new RangeError('quadrature is for energies of one or two real coordinates')
  const end = (ends: number | readonly number[], i: number): number => (typeof ends === 'number' ? ends : (ends[i] as number))
  const widths = Array.from({ length: dim }, (_, i) => (end(upper, i) - end(lower, i)) / points)
  const at = (i: number, k: number): number => end(lower, i) + (k + 0.5) * (widths[i] as number)
  const grid = Array.from({ length: points ** dim }, (_, n) => (dim === 1 ? [at(0, n)] : [at(0, Math.floor(n / points)), at(1, n % points)]))
  const exponents = valuesOn(energy, grid).map((value) => -value / temperature)
  const largest = exponents.reduce((most, value) => Math.max(most, value), -Infinity)
  const weights = exponents.map((value) => Math.exp(value - largest))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return {
    log_z: largest + Math.log(sum) + widths.reduce((total, width) => total + Math.log(width), 0),
    mean: (f) => grid.reduce((total, point, n) => total + f(point) * (weights[n] as number), 0) / sum,
  }
}

function valuesOn(energy: Energy['energy'], grid: readonly (readonly number[])[]): Float64Array {
  const dim = grid[0]?.length ?? 0
  const values = tf.tidy(() => {
    const x = tf.tensor2d(Float32Array.from({ length: dim * grid.length }, (_, n) => grid[n % grid.length]?.[Math.floor(n / grid.length)] as number), [dim, grid.length]) as Tensor2D
    return energy(x).dataSync() as Float32Array
  })
  return Float64Array.from(values)
}
