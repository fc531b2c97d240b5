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
  /** [steps, chains]: draws that are in no sum yet. */
  #kept: Float64Array[] = []
  #sums: Sums | undefined

  constructor(chains: number) {
    this.#chains = chains
    this.#isFinite = new Array<boolean>(chains).fill(true)
  }

  /** One draw of each chain; the array may be used again. */
  add(draws: Float64Array): void {
    for (let c = 0; c < draws.length; c++) if (!Number.isFinite(draws[c])) this.#isFinite[c] = false
    this.#kept.push(draws.slice())
    const steps = this.#sums === undefined ? Math.max(FIRST_STEPS, FIRST_DRAWS / this.#chains) : STEPS_AT_ONCE
    if (this.#kept.length >= steps) this.#sum(this.#sums ??= new Sums(this.#chains, this.#sorted()))
  }

  /** Of all draws so far; NaN where there are too few, or no chain is left. */
  figures(): Convergence {
    const which = this.#isFinite.flatMap((isFinite, c) => (isFinite ? [c] : []))
    if (this.#sums === undefined) return exact(this.#kept, which)
    this.#sum(this.#sums)
    return this.#sums.figures(which)
  }

  #sum(sums: Sums): void {
    for (const row of this.#kept) sums.add(row)
    this.#kept = []
  }

  /** The kept draws of the chains that count, ascending; a 0 if there are none. */
  #sorted(): Float64Array {
    const finite = this.#kept.flatMap((row) => [...row].filter((_, c) => this.#isFinite[c]))
    return finite.length === 0 ? Float64Array.of(0) : Float64Array.from(finite).sort()
  }
}

function exact(rows: readonly Float64Array[], which: readonly number[]): Convergence {
  const values = Float64Array.from(which.flatMap((c) => rows.map((row) => row[c] as number)))
  const draws: Draws = { values, chains: which.length, draws: which.length === 0 ? 0 : rows.length }
  return { r_hat: rHat(draws), ess_bulk: essBulk(draws), ess_tail: essTail(draws), mcse: mcseMean(draws) }
}

/** What is kept once the transforms are fixed. */
class Sums {
  readonly #fitted: Fitted
  /** What a function gives for the draws of a step. */
  readonly #values: Float64Array
  readonly #plain: BlockSums
  readonly #bulk: BlockSums
  readonly #low: BlockSums
  readonly #high: BlockSums
  readonly #halves: SplitMoments
  readonly #folded: SplitMoments

  constructor(chains: number, sorted: Float64Array) {
    this.#fitted = fit(sorted)
    this.#values = new Float64Array(chains)
    this.#plain = new BlockSums(chains)
    this.#bulk = new BlockSums(chains)
    this.#low = new BlockSums(chains)
    this.#high = new BlockSums(chains)
    this.#halves = new SplitMoments(chains)
    this.#folded = new SplitMoments(chains)
  }

  /** What is not finite spoils the sums of its chain, which does not count any more. */
  add(draws: Float64Array): void {
    const values = this.#values
    const { low, high, median, scale, bulk, folded } = this.#fitted
    for (let c = 0; c < draws.length; c++) values[c] = (draws[c] as number) <= low ? 1 : 0
    this.#low.add(values)
    for (let c = 0; c < draws.length; c++) values[c] = (draws[c] as number) <= high ? 1 : 0
    this.#high.add(values)
    bulk.map(draws, values)
    this.#bulk.add(values)
    this.#halves.add(values)
    for (let c = 0; c < draws.length; c++) values[c] = Math.abs((draws[c] as number) - median)
    folded.map(values, values)
    this.#folded.add(values)
    for (let c = 0; c < draws.length; c++) values[c] = ((draws[c] as number) - median) / scale
    this.#plain.add(values)
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
