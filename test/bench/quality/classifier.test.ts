import { fileURLToPath } from 'node:url'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CLASSES, initClassifier, PIXELS, SIDE } from '../../../bench/quality/classifier.ts'
import { openClassifier, writeClassifier } from '../../../bench/quality/classifier-file.ts'
import { readDigits } from '../../../bench/quality/digits.ts'
import { accuracyOf, labelsOf } from '../../../bench/quality/labels.ts'
import { trainClassifier } from '../../../bench/quality/training.ts'
import { defaultExecutor, leaves, type HostArray } from '../../../src/engine/index.ts'
import { pointsIn } from '../../../src/models/diagnostics/points.ts'
import { hostDraws } from '../../../src/models/nets/host-draws.ts'
import { needs } from '../../needs.ts'
import { runFolder } from '../../streams/sinks/world.ts'

const fixture = fileURLToPath(new URL('../../../fixtures/mnist-classifier.safetensors', import.meta.url))
const executor = defaultExecutor()
const run = runFolder()
afterAll(() => executor.close())

describe('the classifier of digits', () => {
  needs('tensorflow')

  test('is right on the test digits as often as it says, and not on digits that lie on their side', async () => {
    const digits = await readDigits('test')
    const { origin, answer } = await openClassifier(fixture, executor)
    const accuracy = async (values: Float32Array): Promise<number> => {
      const labels = labelsOf((await answer(pointsIn(values, PIXELS))).probabilities, CLASSES)
      return accuracyOf(labels, digits.labels.subarray(0, labels.length))
    }
    expect(origin.test_accuracy).toBeGreaterThan(0.99)
    expect(Math.abs(await accuracy(digits.values) - origin.test_accuracy)).toBeLessThanOrEqual(2e-4) // two digits may round otherwise on another machine
    const turned = digits.values.slice(0, 1000 * PIXELS).map((_, i) => digits.values[i - (i % PIXELS) + (i % SIDE) * SIDE + Math.floor((i % PIXELS) / SIDE)] as number)
    expect(await accuracy(turned)).toBeLessThan(0.5)
  })

  test('learns, and the same from the same seed', async () => {
    const all = await readDigits('train')
    const digits = { ...pointsIn(all.values.subarray(0, 128 * PIXELS), PIXELS), labels: all.labels.subarray(0, 128) }
    const train = async () => {
      const losses: number[] = []
      const parameters = await trainClassifier(digits, { executor, epochs: 12, seed: 1, report: (_, loss) => losses.push(loss) })
      return { losses, sums: leaves<HostArray>(parameters).map(({ data }) => (data as Float32Array).reduce((sum, value) => sum + value, 0)) }
    }
    const [first, again] = [await train(), await train()]
    expect(first.losses.at(-1)).toBeLessThan(0.75 * (first.losses[0] as number))
    expect(again).toEqual(first)
  })
})

describe('a file', () => {
  const origin = { data: 'test', seed: 1, epochs: 0, test_accuracy: 0.1 }

  test('gives back the parameters: the same answers', async () => {
    const file = path.join(run.folder, 'c.safetensors')
    await writeFile(file, writeClassifier(initClassifier(hostDraws(1, 'c')), origin))
    const opened = await openClassifier(file, executor)
    expect(opened.origin).toEqual(origin)
    const { rows, features, probabilities } = await opened.answer(pointsIn(new Float32Array(3 * PIXELS).fill(0.5), PIXELS))
    expect([rows, features.values.length, probabilities.length]).toEqual([3, 3 * 64, 30])
    expect(probabilities.subarray(0, CLASSES).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
    expect([...probabilities.subarray(CLASSES, 2 * CLASSES)]).toEqual([...probabilities.subarray(0, CLASSES)])
  })

  test('of something else is refused', async () => {
    const file = path.join(run.folder, 'c.safetensors')
    await writeFile(file, writeClassifier({ features: (initClassifier(hostDraws(1, 'c')) as Record<string, unknown>).features }, origin))
    await expect(openClassifier(file, executor)).rejects.toThrow('array classes.b of shape [10] is missing')
    await writeFile(file, 'not safetensors')
    await expect(openClassifier(file, executor)).rejects.toMatchObject({ code: 'model_file_invalid' })
  })

  test('answers for images of its size only', async () => {
    const { answer } = await openClassifier(fixture, executor)
    await expect(answer(pointsIn(new Float32Array(100), 100))).rejects.toThrow('images of 100 pixels, not 784')
  })
})
