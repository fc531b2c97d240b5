/**
 * E-BFMI of chains while they run (see e-bfmi.ts): equal to the exact one up to rounding.
 *
 * O(chains) memory. Shapes: energies [chains].
 */
export class EnergyTransitions {
  #count = 0
  readonly #last: Float64Array
  readonly #jumps: Float64Array
  /** Welford's mean, and sum of squared distances from it. */
  readonly #mean: Float64Array
  readonly #squares: Float64Array

  constructor(chains: number) {
    this.#last = new Float64Array(chains)
    this.#jumps = new Float64Array(chains)
    this.#mean = new Float64Array(chains)
    this.#squares = new Float64Array(chains)
  }

  /** One energy of each chain. */
  add(energies: Float64Array): void {
    this.#count++
    for (let c = 0; c < energies.length; c++) {
      const energy = energies[c] as number
      if (this.#count > 1) this.#jumps[c] = (this.#jumps[c] as number) + (energy - (this.#last[c] as number)) ** 2
      this.#last[c] = energy
      const delta = energy - (this.#mean[c] as number)
      this.#mean[c] = (this.#mean[c] as number) + delta / this.#count
      this.#squares[c] = (this.#squares[c] as number) + delta * (energy - (this.#mean[c] as number))
    }
  }

  /** Of each chain; NaN below two draws or where the energy never changed. */
  eBfmi(): Float64Array {
    return this.#jumps.map((jumps, c) => jumps / (this.#squares[c] as number))
  }
}
