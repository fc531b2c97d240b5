/** What draws are worth: effective sizes by one estimator, whoever drew. */
import { essBulk } from '../../src/index.ts'
import { Moments } from '../../src/streams/moments.ts'
import type { Drawn, Size } from './runs.ts'
import type { Measured } from './targets.ts'

/** Bulk effective sample size per gradient, of the worst coordinate and of the median one. */
export interface Figures {
  readonly ess_per_gradient: { readonly min: number; readonly median: number }
  readonly gradients_per_draw: number
  readonly acceptance_rate: number
}

interface Sides {
  readonly heatbath: Figures
  readonly blackjax?: Figures
}

export function figuresOf({ values, gradients, acceptance_rate }: Drawn, dim: number, { chains, draws }: Size): Figures {
  const sizes = Array.from({ length: dim }, (_, i) => essBulk({ values: coordinateOf(values, i, chains * draws), chains, draws }))
  return {
    ess_per_gradient: { min: Math.min(...sizes) / gradients, median: median(sizes) / gradients },
    gradients_per_draw: gradients / (chains * draws),
    acceptance_rate,
  }
}

/** Figure by figure. */
export const medianOf = (figures: readonly Figures[]): Figures => ({
  ess_per_gradient: {
    min: median(figures.map(({ ess_per_gradient }) => ess_per_gradient.min)),
    median: median(figures.map(({ ess_per_gradient }) => ess_per_gradient.median)),
  },
  gradients_per_draw: median(figures.map(({ gradients_per_draw }) => gradients_per_draw)),
  acceptance_rate: median(figures.map(({ acceptance_rate }) => acceptance_rate)),
})

/** Of effective sizes per gradient, ours over theirs; nothing where there is no peer. */
export function ratioOf({ heatbath: { ess_per_gradient: ours }, blackjax }: Sides): { readonly ratio?: Figures['ess_per_gradient'] } {
  if (blackjax === undefined) return {}
  const { ess_per_gradient: theirs } = blackjax
  return { ratio: { min: ours.min / theirs.min, median: ours.median / theirs.median } }
}

/** Throws unless the draws are of the target. */
export function checkDraws(who: string, { values }: Drawn, { name, truth }: Measured, { chains, draws }: Size): void {
  for (const { coordinate, mean, sd, tolerance } of truth) {
    const moments = new Moments()
    moments.add(coordinateOf(values, coordinate, chains * draws))
    const isNear = Math.abs(moments.mean - mean) <= tolerance * sd && Math.abs(moments.sd - sd) <= tolerance * sd
    if (!isNear) throw new Error(`${who} drew ${moments.mean} ± ${moments.sd} for coordinate ${coordinate} of ${name}, which is ${mean} ± ${sd}`)
  }
}

const coordinateOf = (values: Float32Array, i: number, size: number): Float32Array => values.subarray(i * size, (i + 1) * size)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
}
