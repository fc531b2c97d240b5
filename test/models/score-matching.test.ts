/** Losses that fit a score without the true one: closed forms on Gaussian data, gradients, what they prefer. */
import { afterAll, describe, expect, test } from 'vitest'
import { compile, float32, inlineExecutor, keyInPair, scalarInt, valueAndGrads, type HostArray, type Key } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import type { Batch, Loss } from '../../src/models/losses/contract.ts'
import { exactScoreMatching } from '../../src/models/losses/exact-score-matching.ts'
import { flowMatching } from '../../src/models/losses/flow-matching.ts'
import { slicedScoreMatching } from '../../src/models/losses/sliced-score-matching.ts'
import { modelFunctions, type ModelFunctions, type Output } from '../../src/models/model.ts'
import { mlp } from '../../src/models/nets/mlp.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { flow } from '../../src/models/preconditioning/flow.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { compiled } from '../engine/both.ts'
import { floats } from '../engine/numbers.ts'
import { needs } from '../needs.ts'
import { expectAgreement, expectRejection, meanP, seed } from '../statistics/checks.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const [ROWS, DIM] = [256, 3]

const keyOf = (first: Tensor, rows: number, seedNumber = 3): Key =>
  keyInPair([tf.scalar(seedNumber, 'int32'), tf.scalar(5, 'int32')], tf.add(tf.range(0, rows, 1, 'int32'), first) as Tensor1D, tf.scalar(0, 'int32'), 0)

/** Normal numbers of standard deviation `scale`. */
const data = (scale: number, rows = ROWS, name = 'data'): HostArray<'float32'> => hostDraws(seed(1), name).normal([rows, DIM], scale)

const valueOf = async (rule: Loss, model: ModelFunctions, batch: Partial<Record<keyof Batch, HostArray>>, seedNumber?: number): Promise<number> => {
  const rows = batch.x?.shape[0] as number
  const { data: made } = await compiled<HostArray>(({ first, batch: b }: { first: Tensor; batch: Batch }) => rule.loss(model, b, keyOf(first, rows, seedNumber)).value, { first: scalarInt(0), batch })
  return made[0] as number
}

const linear = (slope: number): ModelFunctions => ({ score: (x) => tf.mul(x, slope) })

describe('exact score matching', () => {
  test('of a linear score a x is d a + ½ a² E|x|²', async () => {
    const x = data(1.3)
    const square = x.data.reduce((sum, v) => sum + v * v, 0) / ROWS
    expect(await valueOf(exactScoreMatching({}), linear(-0.7), { x })).toBeCloseTo(-0.7 * DIM + 0.5 * 0.49 * square, 4)
  })

  test('is least at the true score of Gaussian data, where it is −d/(2v)', async () => {
    const x = data(1.3, 4096)
    const v = x.data.reduce((sum, value) => sum + value * value, 0) / (4096 * DIM)
    const at = (slope: number): Promise<number> => valueOf(exactScoreMatching({}), linear(slope), { x })
    const least = await at(-1 / v)
    expect(least).toBeCloseTo(-DIM / (2 * v), 4)
    for (const slope of [-1.1 / v, -0.9 / v, 1 / v]) expect(await at(slope)).toBeGreaterThan(least)
  })

  test('is for at most 32 coordinates', () => {
    expect(() => exactScoreMatching({}).loss(linear(1), { x: tf.zeros([2, 33]) } as never, undefined as never)).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('sliced') }))
  })
})

describe.each([
  ['rademacher', { directions: 'rademacher' as const }], ['gaussian', { directions: 'gaussian' as const }],
  ['along v alone', { variance_reduced: false }], ['several projections', { projections: 3, variance_reduced: false }],
])('sliced score matching, %s,', (_, options) => {
  /** A score whose derivative is not symmetric, and not diagonal. */
  const model: ModelFunctions = { score: (x) => tf.sin(tf.matMul(x, tf.tensor2d([[-1, 0.5, 0.2], [0.3, -0.4, 0.9], [-0.6, 0.1, -0.8]])) as Tensor2D) }

  test('is exact score matching in expectation', async () => {
    const x = data(1)
    const exact = await valueOf(exactScoreMatching({}), model, { x })
    const rule = slicedScoreMatching(options)
    const sliced = await compile('sliced', { first: scalarInt(0), batch: { x } }, ({ first, batch }: { first: Tensor; batch: Batch }) => rule.loss(model, batch, keyOf(first, ROWS, seed(7))).value, { executor })
    const draws: number[] = []
    for (let i = 0; i < 60; i++) draws.push((await sliced.run<HostArray>([{ first: scalarInt(i * ROWS), batch: { x } }]))[0]?.data[0] as number)
    sliced.dispose()
    expectAgreement('mean over directions', meanP(Float64Array.from(draws), exact))
    expectRejection('mean over directions, against another score', meanP(Float64Array.from(draws), await valueOf(exactScoreMatching({}), linear(-0.5), { x })))
  })
})

describe('flow matching', () => {
  const batch = { x: data(1, 8), noise: data(1, 8, 'noise'), sigma: floats([8], 0.2, 3) }

  test('is |v − (x − ξ)|² of the velocity v = t (y + σ(1 + σ) s)/t', async () => {
    const slope = -0.4
    let sum = 0
    for (let row = 0; row < 8; row++) {
      const s = batch.sigma.data[row] as number
      for (let i = 0; i < DIM; i++) {
        const [y, xi] = [batch.x.data[row * DIM + i] as number, batch.noise.data[row * DIM + i] as number]
        const velocity = y + s * (1 + s) * slope * y
        sum += (velocity - (y - s * xi - xi)) ** 2
      }
    }
    expect(await valueOf(flowMatching({}), linear(slope), batch)).toBeCloseTo(sum / 8, 3)
  })

  test('preconditioned by flow the net is the velocity of x_t = t y', async () => {
    const net = { init: () => ({}), apply: (_: unknown, x: Tensor2D, { noise }: { noise: Tensor1D }) => tf.add(tf.sin(x), tf.expandDims(noise, 1)) as Tensor2D, is: { kind: 'net' as const, name: 'f', config: {} } }
    const { data: made } = await compiled<HostArray>((b: { x: Tensor2D; sigma: Tensor1D }) => {
      const s = modelFunctions({ dim: DIM, variables: [], net, preconditioning: flow({}) }, {}).score(b.x, b.sigma)
      const sigma = tf.expandDims(b.sigma, 1)
      return tf.add(b.x, tf.mul(tf.mul(sigma, tf.add(1, sigma)), s))
    }, { x: batch.x, sigma: batch.sigma })
    made.forEach((velocity, i) => {
      const t = 1 / (1 + (batch.sigma.data[Math.floor(i / DIM)] as number))
      expect(velocity).toBeCloseTo(Math.sin(t * (batch.x.data[i] as number)) + t, 4)
    })
  })
})

describe.each<[name: string, rule: Loss]>([
  ['exact_score_matching', exactScoreMatching({})], ['sliced_score_matching', slicedScoreMatching({})], ['sliced_score_matching, not reduced', slicedScoreMatching({ variance_reduced: false })],
])('%s', (_, rule) => {
  const net = mlp({ width: 6, layers: 2 })
  const x = data(1, 12)

  test.each<Output>(['score', 'energy'])('has the gradient of differences, of a net that is a %s', async (output) => {
    const spec = { dim: DIM, variables: [], output, net, preconditioning: none({}) }
    const parameters = net.init(DIM, output === 'score' ? DIM : 1, hostDraws(4, 'net')) as { w: HostArray; b: HostArray }[]
    const value = ({ first, p, b }: { first: Tensor; p: unknown; b: Batch }): Scalar => rule.loss(modelFunctions(spec, p), b, keyOf(first, 12)).value
    const { grads } = await compiled<{ grads: { w: HostArray }[] }>((inputs: { first: Tensor; p: unknown; b: Batch }) => valueAndGrads((p) => value({ ...inputs, p }), inputs.p), { first: scalarInt(0), p: parameters, b: { x } })
    for (const [layer, i] of [[0, 2], [1, 7], [2, 3]] as const) {
      const at = async (h: number): Promise<number> => {
        const moved = parameters.map((dense, j) => (j === layer ? { ...dense, w: float32(dense.w.shape, Float32Array.from(dense.w.data, (v, k) => (k === i ? v + h : v))) } : dense))
        return (await compiled<HostArray>(value, { first: scalarInt(0), p: moved, b: { x } })).data[0] as number
      }
      const difference = (8 * ((await at(0.02)) - (await at(-0.02))) - ((await at(0.04)) - (await at(-0.04)))) / 0.24
      expect(Math.abs((grads[layer]?.w.data[i] as number) - difference)).toBeLessThan(2e-3 * Math.max(1, Math.abs(difference)))
    }
  })
})
