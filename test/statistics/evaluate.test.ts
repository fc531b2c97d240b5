/** Log-densities by the probability flow, of models whose score is known, against closed forms. */
import { of } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import type { Model } from '../../src/streams/model.ts'
import { evaluate, type EvaluateOptions } from '../../src/streams/operators/evaluate.ts'
import { needs } from '../needs.ts'
import { collected, floats, lists, valuesOf } from '../streams/batches.ts'
import { expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { mixtureScore, modelOf, type ScoreFunction } from './score-models.ts'

needs('tensorflow')

const TIMEOUT = 120_000
const executor = inlineExecutor()
afterAll(() => executor.close())

/** So large that a mixture is round to it, in its tails as well. */
const largest = 1000
const smallest = 0.1
const noise = geometric({ largest, smallest, levels: 12 })

async function logDensities(model: Model, points: readonly (readonly number[])[], options: EvaluateOptions = {}): Promise<number[]> {
  const rows = model.spec.dim > 16 ? lists(points) : floats(Object.fromEntries(model.spec.variables.map(({ name }, i) => [name, points.map((point) => point[i] as number)])))
  const batches = await collected(of(rows).pipe(evaluate(model, { log_density: {}, executor, seed: seed(5), ...options })))
  return valuesOf(batches, 'log_density') as number[]
}

describe('on a mixture of Gaussians', () => {
  const [means, weights, v] = [[[-5, -5], [5, 5], [4, -3]], [0.2, 0.6, 0.2], 0.25]
  const centre = [0, 1].map((i) => means.reduce((sum, mean, k) => sum + (weights[k] as number) * (mean[i] as number), 0))
  const mean = ((centre[0] as number) + (centre[1] as number)) / 2
  const square = means.reduce((sum, m, k) => sum + (weights[k] as number) * (((m[0] as number) - mean) ** 2 + ((m[1] as number) - mean) ** 2) / 2, 0)
  const data = { dim: 2, mean, sd: Math.sqrt(square + v), largest_distance: 20 }
  const mixture = modelOf('mixture', 2, noise, mixtureScore(means, v, weights), data)
  const points = [...means, ...Array.from({ length: 25 }, (_, i) => [-8 + 4 * (i % 5), -8 + 4 * Math.floor(i / 5)])]

  const truth = (x: readonly number[]): number => Math.log(means.reduce((sum, m, k) => {
    const variance = v + smallest ** 2
    return sum + (weights[k] as number) / (2 * Math.PI * variance) * Math.exp(-(((x[0] as number) - (m[0] as number)) ** 2 + ((x[1] as number) - (m[1] as number)) ** 2) / (2 * variance))
  }, 0))

  const errors = async (model: Model, options?: EvaluateOptions): Promise<number[]> =>
    (await logDensities(model, points, options)).map((value, i) => Math.abs(value - truth(points[i] as number[])))

  test('log_density is within 0.01 nats of the truth in modes and around them, and within 1e-3 of its size far out', async () => {
    const all = await errors(mixture)
    const near = all.filter((_, i) => truth(points[i] as number[]) > -45)
    expect(near.length).toBeGreaterThan(10)
    expect(Math.max(...near)).toBeLessThan(0.01)
    expect(Math.max(...all.map((error, i) => error / (1 + Math.abs(truth(points[i] as number[])))))).toBeLessThan(1e-3)
  }, TIMEOUT)

  test('it is not, of a score of 1.01 times its size, nor of one that takes all levels for the largest', async () => {
    const score = mixtureScore(means, v, weights)
    const wrong = (name: string, other: ScoreFunction): Model => modelOf(name, 2, noise, other, data)
    expect(Math.min(...(await errors(wrong('longer', (x, sigma) => tf.mul<Tensor2D>(1.01, score(x, sigma))))).slice(0, 3))).toBeGreaterThan(0.01)
    expect(Math.min(...(await errors(wrong('deaf', (x, sigma) => score(x, tf.fill([...sigma.shape], largest))))).slice(0, 3))).toBeGreaterThan(0.01)
  }, TIMEOUT)

  test('with a larger tolerance it errs by more; where the solver may not finish there is a null', async () => {
    expect(Math.max(...await errors(mixture, { log_density: { tolerance: 0.03 } }))).toBeGreaterThan(Math.max(...await errors(mixture)))
    expect(await logDensities(mixture, points, { log_density: { max_steps: 3 } })).toEqual(points.map(() => null))
  }, TIMEOUT)
})

describe('above 32 coordinates', () => {
  const [dim, c] = [33, 0.5]
  const rows = 400
  /** Of data N(0, I + c 1 1ᵀ): −(y − 1 (1ᵀy) c/(1 + σ² + d c))/(1 + σ²). */
  const score: ScoreFunction = (x, sigma) => {
    const width = tf.expandDims(tf.add(1, tf.square(sigma)), 1) as Tensor2D
    const along = tf.sum<Tensor2D>(x, 1, true)
    return tf.neg(tf.div(tf.sub(x, tf.div(tf.mul(c, along), tf.add(width, dim * c))), width))
  }
  const model = modelOf('correlated', dim, noise, score, { dim, mean: 0, sd: Math.sqrt(1 + c), largest_distance: 20 })
  const x = Array.from({ length: dim }, (_, i) => Math.sin(i))

  /** As the solver has it, the first Gaussian taken for a round one. */
  const truth = (() => {
    const sum = x.reduce((total, value) => total + value, 0)
    const along = (sum * sum) / dim
    const across = x.reduce((total, value) => total + value * value, 0) - along
    const [narrow, wide] = [1 + smallest ** 2, 1 + dim * c + smallest ** 2]
    const [broadened, widest] = [1 + largest ** 2, 1 + dim * c + largest ** 2]
    const round = largest ** 2 + 1 + c
    const growth = ((dim - 1) * Math.log(broadened / narrow) + Math.log(widest / wide)) / 2
    return growth - ((across * broadened) / narrow + (along * widest) / wide) / (2 * round) - (dim / 2) * Math.log(2 * Math.PI * round)
  })()

  test('the mean over probes is the truth, and of scores of 1.01 times the size it is not', async () => {
    const drawn = await logDensities(model, Array.from({ length: rows }, () => x))
    expect(new Set(drawn).size).toBeGreaterThan(10)
    expectAgreement('mean log-density', meanP(drawn, truth))
    const longer = modelOf('longer correlated', dim, noise, (y, sigma) => tf.mul<Tensor2D>(1.01, score(y, sigma)), { dim, mean: 0, sd: Math.sqrt(1 + c), largest_distance: 20 })
    expectRejection('mean log-density of another score', meanP(await logDensities(longer, Array.from({ length: rows }, () => x)), truth))
  }, TIMEOUT)

  test('more probes, less variance', async () => {
    const spread = async (probes: number): Promise<number> => {
      const drawn = await logDensities(model, Array.from({ length: rows }, () => x), { log_density: { probes } })
      const mean = drawn.reduce((sum, value) => sum + value, 0) / rows
      return drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows
    }
    const ratio = await spread(1) / await spread(4)
    expect(ratio).toBeGreaterThan(2)
    expect(ratio).toBeLessThan(8)
  }, TIMEOUT)
})
