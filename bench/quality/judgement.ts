/**
 * How good generated images are, in figures, and the same figures of real images that nobody trained on.
 *
 * Test images of even number are the reference. Of those of odd number as many as there are generated
 * ones are measured in the same way: what they reach is what a perfect generator would.
 */
import type { Executor } from '../../src/engine/index.ts'
import { frechetDistance } from '../../src/models/diagnostics/frechet-distance.ts'
import { squaredMmd } from '../../src/models/diagnostics/mmd.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { slicedWasserstein } from '../../src/models/diagnostics/sliced-wasserstein.ts'
import { CLASSES } from './classifier.ts'
import type { LoadedClassifier } from './classifier-file.ts'
import { takeRows } from './digits.ts'
import { confidenceOf, labelsOf, spreadOf, type Confidence, type Spread } from './labels.ts'
import { compareManifolds, type Manifolds } from './manifold.ts'
import { nearestDistances } from './nearest.ts'

/** Distances, precision and the like are of the classifier's features; sliced Wasserstein and neighbours of pixels. */
export interface Measures extends Manifolds {
  readonly num_images: number
  readonly confidence: Confidence
  readonly spread: Spread
  readonly frechet_distance: number
  readonly maximum_mean_discrepancy: number
  readonly sliced_wasserstein: number
  readonly nearest_training: {
    /** Of the Euclidean distances to the nearest training image. */
    readonly median_distance: number
    /** Share of images nearer to one than all but 1 % of the held-out images: .01 if none is copied. */
    readonly closer_rate: number
  }
}

export interface Judgement {
  readonly samples: Measures
  readonly held_out: Measures
}

export interface RealImages {
  readonly train: Points
  readonly test: Points
}

export async function judge(samples: Points, { train, test }: RealImages, classifier: LoadedClassifier, executor: Executor): Promise<Judgement> {
  const half = (parity: number): Points => takeRows(test, Array.from({ length: test.count >> 1 }, (_, i) => 2 * i + parity))
  const [reference, others] = [half(0), half(1)]
  const heldOut = evenly(others, Math.min(samples.count, others.count))
  const referenceFeatures = (await classifier.answer(reference)).features
  const heldOutNearest = await nearestDistances(heldOut, train, executor)
  const close = quantile(heldOutNearest, 0.01)

  const measure = async (images: Points, nearest: Float64Array): Promise<Measures> => {
    const { rows, features, probabilities } = await classifier.answer(images)
    const count = Math.min(rows, reference.count)
    return {
      num_images: rows,
      confidence: confidenceOf(probabilities, CLASSES),
      spread: spreadOf(labelsOf(probabilities, CLASSES), CLASSES),
      frechet_distance: frechetDistance(features, referenceFeatures),
      ...compareManifolds(evenly(features, count), evenly(referenceFeatures, count)),
      maximum_mean_discrepancy: squaredMmd(features, referenceFeatures, { scales: [0.5, 1, 2] }),
      sliced_wasserstein: slicedWasserstein(images, reference),
      nearest_training: { median_distance: quantile(nearest, 0.5), closer_rate: nearest.filter((distance) => distance < close).length / rows },
    }
  }
  return { samples: await measure(samples, await nearestDistances(samples, train, executor)), held_out: await measure(heldOut, heldOutNearest) }
}

/** So many rows, as far apart as can be. */
const evenly = (points: Points, count: number): Points =>
  takeRows(points, Array.from({ length: count }, (_, i) => Math.floor((i * points.count) / count)))

/** The least value that at least a share of them does not exceed. */
function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
}
