/** Which part of an axis to show: where nearly all values are. */

export interface Range {
  readonly from: number
  readonly to: number
}

/** How much of the way to a narrower view is made in a frame. */
const FOLLOW = 0.3
/** Values looked at, evenly over all. */
const SAMPLE = 2000

/** At once where particles leave the view, slowly where it has become too wide. */
export function followed(range: Range | undefined, values: ArrayLike<number>): Range | undefined {
  const now = rangeOf(values)
  if (range === undefined || now === undefined) return now ?? range ?? { from: -1, to: 1 }
  return {
    from: Math.min(now.from, range.from + FOLLOW * (now.from - range.from)),
    to: Math.max(now.to, range.to + FOLLOW * (now.to - range.to)),
  }
}

/** Where all but the outermost one in a hundred are, and a little more. */
export function rangeOf(values: ArrayLike<number>): Range | undefined {
  const stride = Math.max(1, Math.floor(values.length / SAMPLE))
  const sample: number[] = []
  for (let i = 0; i < values.length; i += stride) if (Number.isFinite(values[i])) sample.push(values[i] as number)
  if (sample.length === 0) return undefined
  sample.sort((a, b) => a - b)
  const [low, high] = [sample[Math.floor(sample.length * 0.005)] as number, sample[Math.ceil(sample.length * 0.995) - 1] as number]
  const margin = (high - low) * 0.05 || Math.max(1e-3, Math.abs(low) * 0.05)
  return { from: low - margin, to: high + margin }
}
