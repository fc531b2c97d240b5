/**
 * Means and variances of the halves of chains while they run, and R̂ of them.
 *
 * Draws are kept as the sums, and the sums of squares, of blocks in a row: at most 128 of them for each
 * chain. When they are full, each two become one of twice the length. So R̂ is exactly that of the
 * halves of the draws up to the last whole block: of at least 63 in 64 draws (all of them up to 128).
 * O(128 chains) memory, O(1) time a draw. Draws should be near 0 and of unit size: squares cancel.
 * Shapes: draws [chains].
 */
import { meanOf, varianceOf } from '../chains.ts'
import { scaleReduction } from '../r-hat.ts'

const MAX_BLOCKS = 128

export class SplitMoments {
  readonly #chains: number
  /** [blocks, chains]; the block that is being filled stands after the whole ones. */
  readonly #sums: Float64Array
  readonly #squares: Float64Array
  #whole = 0
  /** Draws in a block, and in the one that is being filled. */
  #length = 1
  #filled = 0

  constructor(chains: number) {
    this.#chains = chains
    this.#sums = new Float64Array(MAX_BLOCKS * chains)
    this.#squares = new Float64Array(MAX_BLOCKS * chains)
  }

  /** One draw of each chain: those from index `from` on. */
  add(draws: Float64Array, from = 0): void {
    const [sums, squares, chains] = [this.#sums, this.#squares, this.#chains]
    for (let c = 0, at = this.#whole * chains; c < chains; c++, at++) {
      const x = draws[from + c] as number
      sums[at] = (sums[at] as number) + x
      squares[at] = (squares[at] as number) + x * x
    }
    if (++this.#filled < this.#length) return
    this.#filled = 0
    if (++this.#whole === MAX_BLOCKS) this.#join()
  }

  /** Split R̂ of the chains in `which`; NaN below two chains or four whole blocks, or if all draws are alike. */
  rHat(which: readonly number[]): number {
    const half = this.#whole >> 1
    const n = half * this.#length
    if (which.length < 2 || n < 2) return NaN
    const halves = [0, this.#whole - half].flatMap((from) => this.#moments(which, from, from + half, n))
    return scaleReduction(n, meanOf(halves.map(({ variance }) => variance)), varianceOf(halves.map(({ mean }) => mean)))
  }

  /** Of the n draws in blocks `from` to `to`, of each chain. */
  #moments(which: readonly number[], from: number, to: number, n: number): { readonly mean: number; readonly variance: number }[] {
    const [sums, squares] = [this.#total(this.#sums, from, to), this.#total(this.#squares, from, to)]
    return which.map((c) => {
      const sum = sums[c] as number
      return { mean: sum / n, variance: Math.max(0, (squares[c] as number) - (sum * sum) / n) / (n - 1) }
    })
  }

  /** The sum over blocks, of each chain: block after block, as they lie in memory. */
  #total(values: Float64Array, from: number, to: number): Float64Array {
    const total = new Float64Array(this.#chains)
    for (let block = from; block < to; block++) {
      const first = block * this.#chains
      for (let c = 0; c < total.length; c++) total[c] = (total[c] as number) + (values[first + c] as number)
    }
    return total
  }

  /** Each two blocks become one. */
  #join(): void {
    for (const values of [this.#sums, this.#squares]) {
      for (let block = 0; block < MAX_BLOCKS / 2; block++) {
        for (let c = 0; c < this.#chains; c++) {
          const at = 2 * block * this.#chains + c
          values[block * this.#chains + c] = (values[at] as number) + (values[at + this.#chains] as number)
        }
      }
      values.fill(0, (MAX_BLOCKS / 2) * this.#chains)
    }
    this.#whole = MAX_BLOCKS / 2
    this.#length *= 2
  }
}
