/**
 * R̂ and effective sample sizes of one variable of chains, while they run.
 *
 * The first draws, 2048 of all chains together and 32 of each at least, are kept: of them all is exact.
 * Then they fit what stays fixed: the transform that makes draws normal (normal-transform.ts), one for
 * the draws' distances from the median, and the quantiles .05 and .95; and sums alone are kept:
 *
 *   r_hat      the larger of the split R̂ of the draws and of their distances from the median, both
 *              transformed (split-moments.ts)
 *   ess_bulk   of the transformed draws;   ess_tail   the smaller of those of 1[x ≤ q_05], 1[x ≤ q_95];
 *   mcse       of the mean: sd/√ESS of the draws themselves (block-sums.ts)
 *
 * Against the exact ones of all draws: r_hat − 1 within a fifth of itself or .002, whichever is more,
 * where the first draws are of the distribution of the later ones; the effective sizes as block-sums.ts says.
 * Where the first draws are of another distribution, all are those of other monotone functions of x.
 * A chain counts as long as all its draws are finite; then its earlier draws do not count either.
 * O(chains) memory, O(1) time a draw. Shapes: draws [chains].
 */
import type { Draws } from '../contract.ts'
import { essBulk, essTail } from '../ess.ts'
import { mcseMean } from '../mcse.ts'
import { rHat } from '../r-hat.ts'
import { sampleQuantile } from '../sample-quantile.ts'
import { BlockSums } from './block-sums.ts'
import { NormalTransform } from './normal-transform.ts'
import { SplitMoments } from './split-moments.ts'

export interface Convergence {
  readonly r_hat: number
  readonly ess_bulk: number
  readonly ess_tail: number
  /** Of the mean. */
  readonly mcse: number
}

const FIRST_DRAWS = 2048
const FIRST_STEPS = 32
/** Draws of a chain that are put into the sums at once: so those are fetched from memory once for all of them. */
const STEPS_AT_ONCE = 16

export class StreamedDraws {
  readonly #chains: number
  readonly #isFinite: boolean[]
  /** [steps, chains], of which `steps` hold draws that are in no sum yet. */
  #kept: Float64Array
  #steps = 0
  #sums: Sums | undefined

  constructor(chains: number) {
    this.#chains = chains
    this.#isFinite = new Array<boolean>(chains).fill(true)
    this.#kept = new Float64Array(chains * Math.max(FIRST_STEPS, Math.ceil(FIRST_DRAWS / chains)))
  }

  /** One draw of each chain; the array may be used again. */
  add(draws: Float64Array): void {
    for (let c = 0; c < draws.length; c++) if (!Number.isFinite(draws[c])) this.#isFinite[c] = false
    this.#kept.set(draws, this.#steps++ * this.#chains)
    if (this.#steps * this.#chains < this.#kept.length) return
    if (this.#sums === undefined) this.#fit()
    else this.#sum(this.#sums)
  }

  /** Of all draws so far; NaN where there are too few, or no chain is left. */
  figures(): Convergence {
    const which = this.#isFinite.flatMap((isFinite, c) => (isFinite ? [c] : []))
    if (this.#sums === undefined) return exact(this.#kept, this.#steps, this.#chains, which)
    this.#sum(this.#sums)
    return this.#sums.figures(which)
  }

  #fit(): void {
    const finite = this.#kept.filter((_, i) => this.#isFinite[i % this.#chains])
    this.#sums = new Sums(this.#chains, finite.length === 0 ? Float64Array.of(0) : finite.sort())
    this.#sum(this.#sums)
    this.#kept = new Float64Array(this.#chains * STEPS_AT_ONCE)
  }

  #sum(sums: Sums): void {
    sums.add(this.#kept.subarray(0, this.#steps * this.#chains))
    this.#steps = 0
  }
}

function exact(kept: Float64Array, steps: number, chains: number, which: readonly number[]): Convergence {
  const values = Float64Array.from(which.flatMap((c) => Array.from({ length: steps }, (_, t) => kept[t * chains + c] as number)))
  const draws: Draws = { values, chains: which.length, draws: which.length === 0 ? 0 : steps }
  return { r_hat: rHat(draws), ess_bulk: essBulk(draws), ess_tail: essTail(draws), mcse: mcseMean(draws) }
}

/** What takes a draw of each chain, those from index `from` on. */
interface Takes {
  add(draws: Float64Array, from: number): void
}

/** What is kept once the transforms are fixed. */
class Sums {
  readonly #chains: number
  readonly #fitted: Fitted
  readonly #plain: BlockSums
  readonly #bulk: BlockSums
  readonly #low: BlockSums
  readonly #high: BlockSums
  readonly #halves: SplitMoments
  readonly #folded: SplitMoments

  constructor(chains: number, sorted: Float64Array) {
    this.#chains = chains
    this.#fitted = fit(sorted)
    this.#plain = new BlockSums(chains)
    this.#bulk = new BlockSums(chains)
    this.#low = new BlockSums(chains)
    this.#high = new BlockSums(chains)
    this.#halves = new SplitMoments(chains)
    this.#folded = new SplitMoments(chains)
  }

  /** Draws [steps, chains]. What is not finite spoils the sums of its chain, which does not count any more. */
  add(draws: Float64Array): void {
    const values = new Float64Array(draws.length)
    const { low, high, median, scale, bulk, folded } = this.#fitted
    for (let i = 0; i < draws.length; i++) values[i] = (draws[i] as number) <= low ? 1 : 0
    this.#take(values, this.#low)
    for (let i = 0; i < draws.length; i++) values[i] = (draws[i] as number) <= high ? 1 : 0
    this.#take(values, this.#high)
    bulk.map(draws, values)
    this.#take(values, this.#bulk)
    this.#take(values, this.#halves)
    for (let i = 0; i < draws.length; i++) values[i] = Math.abs((draws[i] as number) - median)
    folded.map(values, values)
    this.#take(values, this.#folded)
    for (let i = 0; i < draws.length; i++) values[i] = ((draws[i] as number) - median) / scale
    this.#take(values, this.#plain)
  }

  figures(which: readonly number[]): Convergence {
    const [bulk, folded] = [this.#halves.rHat(which), this.#folded.rHat(which)]
    return {
      r_hat: folded > bulk ? folded : bulk,
      ess_bulk: this.#bulk.ess(which),
      ess_tail: Math.min(this.#low.ess(which), this.#high.ess(which)),
      mcse: this.#fitted.scale * this.#plain.mcse(which),
    }
  }

  #take(values: Float64Array, takes: Takes): void {
    for (let from = 0; from < values.length; from += this.#chains) takes.add(values, from)
  }
}

interface Fitted {
  /** The quantiles .05 and .95. */
  readonly low: number
  readonly high: number
  readonly median: number
  /** Half the distance of the quantiles .16 and .84. */
  readonly scale: number
  readonly bulk: NormalTransform
  /** Of distances from the median. */
  readonly folded: NormalTransform
}

function fit(sorted: Float64Array): Fitted {
  const [low, below, median, above, high] = [0.05, 0.16, 0.5, 0.84, 0.95].map((p) => sampleQuantile(sorted, p)) as [number, number, number, number, number]
  return {
    low, high, median,
    scale: (above - below) / 2 || 1,
    bulk: new NormalTransform(sorted),
    folded: new NormalTransform(sorted.map((x) => Math.abs(x - median)).sort()),
  }
}
