/**
 * What a classifier's answers say of a set of images.
 *
 * Shapes: probabilities [rows, classes], row-major.
 */

export interface Confidence {
  /** Mean over images of the probability of the most probable class. */
  readonly mean: number
  /** Share of images in which that exceeds .9. */
  readonly above_90_rate: number
}

export interface Spread {
  /** Share of images in the rarest and in the commonest class. */
  readonly smallest_rate: number
  readonly largest_rate: number
  /** −Σ p ln p of the shares over ln(classes): 1 if all classes are as common. */
  readonly entropy: number
}

/** The most probable class of each row, the first of equals. */
export function labelsOf(probabilities: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0
    for (let c = 1; c < classes; c++) if ((probabilities[row * classes + c] as number) > (probabilities[row * classes + best] as number)) best = c
    return best
  })
}

export function confidenceOf(probabilities: ArrayLike<number>, classes: number): Confidence {
  const largest = [...labelsOf(probabilities, classes)].map((label, row) => probabilities[row * classes + label] as number)
  return {
    mean: largest.reduce((sum, p) => sum + p, 0) / largest.length,
    above_90_rate: largest.filter((p) => p > 0.9).length / largest.length,
  }
}

export function spreadOf(labels: ArrayLike<number>, classes: number): Spread {
  const rates = new Float64Array(classes)
  for (let i = 0; i < labels.length; i++) rates[labels[i] as number] = (rates[labels[i] as number] as number) + 1 / labels.length
  return {
    smallest_rate: Math.min(...rates),
    largest_rate: Math.max(...rates),
    entropy: -rates.reduce((sum, rate) => sum + (rate === 0 ? 0 : rate * Math.log(rate)), 0) / Math.log(classes),
  }
}

/** Share of rows whose label is that of the truth. */
export function accuracyOf(labels: ArrayLike<number>, truth: ArrayLike<number>): number {
  let right = 0
  for (let i = 0; i < labels.length; i++) if (labels[i] === truth[i]) right++
  return right / labels.length
}
