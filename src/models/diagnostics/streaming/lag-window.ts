/**
 * Effective sample size of chains while they run, from products of draws up to a number of lags apart.
 *
 * The autocovariances of all chains up to that lag, 64 unless given, are exact, ends included; their sum is that of
 * effective-size.ts. So where Geyer's sequence ends within them it is the exact effective size of
 * the whole chains (`effectiveSize`, ArviZ's method identity) up to rounding. Where it does not, NaN:
 * block-sums.ts has no such limit, costs far less, and is less exact.
 * O(lags chains) memory, as many products a draw. Draws should be near 0 and of unit size: squares cancel.
 * Shapes: draws [chains].
 */
import { meanOf, varianceOf } from '../chains.ts'
import { initialMonotone } from '../effective-size.ts'

export class LagWindow {
  readonly #chains: number
  readonly #lags: number
  /** The first and the last draws, [lags, chains]; of the last, number t stands in row t % lags. */
  readonly #first: Float64Array
  readonly #last: Float64Array
  /** Σ x_t x_(t−k), [lags + 1, chains]. */
  readonly #products: Float64Array
  readonly #sums: Float64Array
  #draws = 0

  constructor(chains: number, lags = 64) {
    this.#chains = chains
    this.#lags = lags
    this.#first = new Float64Array(lags * chains)
    this.#last = new Float64Array(lags * chains)
    this.#products = new Float64Array((lags + 1) * chains)
    this.#sums = new Float64Array(chains)
  }

  /** One draw of each chain. */
  add(draws: Float64Array): void {
    const [chains, most, products, last] = [this.#chains, this.#lags, this.#products, this.#last]
    const t = this.#draws++
    for (let c = 0; c < chains; c++) this.#sums[c] = (this.#sums[c] as number) + (draws[c] as number)
    for (let k = 0; k <= Math.min(t, most); k++) {
      const row = ((t - k + most) % most) * chains
      for (let c = 0, at = k * chains; c < chains; c++, at++) {
        const before = k === 0 ? draws[c] as number : last[row + c] as number
        products[at] = (products[at] as number) + (draws[c] as number) * before
      }
    }
    if (t < most) this.#first.set(draws, t * chains)
    last.set(draws, (t % most) * chains)
  }

  ess(): number {
    const [n, chains, most] = [this.#draws, this.#chains, this.#lags]
    const size = n * chains
    const lags = Math.min(n - 1, most)
    const gamma = new Float64Array(lags + 1)
    const means = this.#sums.map((sum) => sum / n)
    for (let c = 0; c < chains; c++) {
      let ends = 2 * (this.#sums[c] as number)
      const mean = means[c] as number
      for (let k = 0; k <= lags; k++) {
        if (k > 0) ends -= (this.#first[(k - 1) * chains + c] as number) + (this.#last[((n - k) % most) * chains + c] as number)
        gamma[k] = (gamma[k] as number) + ((this.#products[k * chains + c] as number) - mean * ends + (n - k) * mean * mean) / size
      }
    }
    const within = ((gamma[0] as number) * n) / (n - 1)
    const total = (gamma[0] as number) + (chains > 1 ? varianceOf(means) : 0)
    if (total <= 1e-15 * meanOf(means) ** 2) return size
    const { tau, is_ended } = initialMonotone(gamma.map((value) => 1 - (within - value) / total))
    return is_ended || n <= most + 1 ? size / Math.max(tau, 1 / Math.log10(size)) : NaN
  }
}
