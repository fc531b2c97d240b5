/** The judge tells real digits from noise, from one class, and from copies of what was trained on. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClassifier, type LoadedClassifier } from '../../../bench/quality/classifier-file.ts'
import { readDigits, takeRows, type Digits } from '../../../bench/quality/digits.ts'
import { judge } from '../../../bench/quality/judgement.ts'
import { defaultExecutor, streamKey } from '../../../src/engine/index.ts'
import { hostNormals } from '../../../src/engine/rng/host-normals.ts'
import type { Points } from '../../../src/models/diagnostics/contract.ts'
import { needs } from '../../needs.ts'

const executor = defaultExecutor()
afterAll(() => executor.close())
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

describe('the judge', () => {
  needs('tensorflow')
  let classifier: LoadedClassifier
  let testDigits: Digits
  let train: Points
  let unseen: Points

  beforeAll(async () => {
    classifier = await openClassifier(fileURLToPath(new URL('../../../fixtures/mnist-classifier.safetensors', import.meta.url)), executor)
    testDigits = await readDigits('test')
    train = takeRows(await readDigits('train'), range(0, 1000))
    unseen = takeRows(testDigits, range(1000, 100)) // the last 5000 were written by others than the first
  })

  const judged = (samples: Points) => judge(samples, { train, test: takeRows(testDigits, range(0, 1000)) }, classifier, executor)

  test('finds real digits as good as others', async () => {
    const { samples, held_out } = await judged(unseen)
    expect([samples.num_images, held_out.num_images]).toEqual([100, 100])
    expect(samples.confidence.above_90_rate).toBeGreaterThan(0.9)
    expect(samples.frechet_distance).toBeLessThan(2 * held_out.frechet_distance)
    expect(samples.coverage).toBeGreaterThan(0.8)
  })

  test('finds noised digits worse', async () => {
    const noise = hostNormals(streamKey(1, 'noise'), unseen.values.length)
    const values = Float32Array.from(unseen.values, (value, i) => Math.min(1, Math.max(0, value + 0.5 * (noise[i] as number))))
    const { samples, held_out } = await judged({ ...unseen, values })
    expect(samples.confidence.mean).toBeLessThan(held_out.confidence.mean)
    expect(samples.frechet_distance).toBeGreaterThan(2 * held_out.frechet_distance)
    expect(samples.maximum_mean_discrepancy).toBeGreaterThan(10 * Math.abs(held_out.maximum_mean_discrepancy))
    expect(samples.coverage).toBeLessThan(0.5 * held_out.coverage)
  })

  test('finds digits of one class lacking', async () => {
    const sevens = range(0, 10_000).filter((row) => testDigits.labels[row] === 7).slice(-100)
    const { samples, held_out } = await judged(takeRows(testDigits, sevens))
    expect(samples.spread.entropy).toBeLessThan(0.2)
    expect(samples.recall).toBeLessThan(0.5 * held_out.recall)
    expect(samples.coverage).toBeLessThan(0.5 * held_out.coverage)
  })

  test('finds copies', async () => {
    const { samples, held_out } = await judged(takeRows(train, range(0, 100)))
    expect(samples.nearest_training).toEqual({ median_distance: 0, closer_rate: 1 })
    expect(held_out.nearest_training.closer_rate).toBeLessThanOrEqual(0.01)
    expect(held_out.nearest_training.median_distance).toBeGreaterThan(3)
  })
})
