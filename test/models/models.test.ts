/** Nets, preconditioning, packing and losses: what a score is made of, and what it is held to. */
import { describe, expect, test } from 'vitest'
import { float32, mapTree, record, Spec, valueAndGrads, type HostArray, type Key } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { denoisingScoreMatching } from '../../src/models/losses/denoising-score-matching.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { mlp } from '../../src/models/nets/mlp.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { packArrays, packTensors, unpackArrays, unpackTensors } from '../../src/models/packing.ts'
import { edm } from '../../src/models/preconditioning/edm.ts'
import type { Preconditioning } from '../../src/models/preconditioning/contract.ts'
import { gaussianTilt } from '../../src/models/preconditioning/gaussian-tilt.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { modelFunctions, modelTarget, type ModelFunctions, type Precision } from '../../src/models/model.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { compiled } from '../engine/both.ts'
import { floats } from '../engine/numbers.ts'
import { expectAgreement, meanP, seed } from '../statistics/checks.ts'

needs('tensorflow')

/** A net without parameters. */
const netOf = (f: (x: Tensor2D, c: Tensor1D) => Tensor2D): Declared<Net> =>
  ({ init: () => ({}), apply: (_, x, { noise }) => f(x, noise), is: { kind: 'net', name: 'f', config: {} } })

/** For losses that draw nothing. */
const NO_KEY = undefined as unknown as Key

test('initial weights are normal, of variance 1/inputs', () => {
  const [layer] = mlp({ width: 400 }).init(399, 1, hostDraws(seed(2), 'x')) as { w: HostArray; b: HostArray }[]
  expectAgreement('mean', meanP(layer?.w.data as Float32Array, 0))
  expectAgreement('variance', meanP(layer?.w.data as Float32Array, 1 / 400, (v) => v * v))
  expect(new Set(layer?.b.data)).toEqual(new Set([0]))
})

test('a model in bfloat16 has the score of float32 to rounding, and rounds in its gradient too', async () => {
  const net = mlp({ width: 96, layers: 2 })
  const inputs = { parameters: net.init(2, 2, hostDraws(3, 'net')), x: floats([128, 2], -2, 2), sigma: floats([128], 0.3, 2) }
  type Inputs = { readonly parameters: unknown; readonly x: Tensor2D; readonly sigma: Tensor1D }
  const scores = (precision: Precision) => ({ parameters, x, sigma }: Inputs): Tensor =>
    modelFunctions({ dim: 2, variables: [], net, preconditioning: none({}), precision }, parameters).score(x, sigma)
  const slopes = (given: Inputs): unknown => valueAndGrads((parameters) => tf.sum<Scalar>(tf.square(scores('bfloat16')({ ...given, parameters }))), given.parameters).grads
  const [rough, fine] = [await compiled<HostArray>(scores('bfloat16'), inputs), await compiled<HostArray>(scores('float32'), inputs)]
  const distance = Math.max(...rough.data.map((value, i) => Math.abs(value - (fine.data[i] as number))))
  expect(distance).toBeGreaterThan(1e-5)
  expect(distance).toBeLessThan(5e-2)
  const rounded = record('slopes', inputs, slopes as (inputs: unknown) => unknown).program.functions.flatMap(({ nodes }) => nodes.filter(({ op }) => op === 'BatchMatMulV3'))
  expect(rounded).toHaveLength(3) // h W of the layer between hidden ones, and both of its gradients
})

describe('preconditioning', () => {
  const [x, sigma] = [floats([6, 2], -2, 2), float32([6], Float32Array.of(0.01, 0.1, 0.5, 1, 3, 20))]
  /** The score of a model whose net is f. */
  const score = (preconditioning: Declared<Preconditioning>, f: (input: Tensor2D, c: Tensor1D) => Tensor2D): Promise<HostArray> =>
    compiled<HostArray>(({ at, s }: { at: Tensor2D; s: Tensor1D }) => modelFunctions({ dim: 2, variables: [], net: netOf(f), preconditioning }, {}).score(at, s), { at: x, s: sigma })

  test('edm with a net that gives nothing is the score of noised Gaussian data', async () => {
    const made = await score(edm({ sd: 0.7, mean: 0.3 }), (input) => tf.zerosLike(input))
    made.data.forEach((value, i) => expect(value).toBeCloseTo(-((x.data[i] as number) - 0.3) / ((sigma.data[i >> 1] as number) ** 2 + 0.49), 5))
  })

  test('edm is (D − x)/σ², D = m + c_skip (x − m) + c_out F(c_in (x − m), ¼ log σ)', async () => {
    const F = (u: number, c: number): number => Math.sin(u) + c
    const made = await score(edm({ sd: 0.7, mean: 0.3 }), (u, c) => tf.add(tf.sin(u), tf.expandDims(c, 1)))
    made.data.forEach((value, i) => {
      const [v, s, d] = [(x.data[i] as number) - 0.3, sigma.data[i >> 1] as number, 0.7]
      const variance = s * s + d * d
      const D = 0.3 + (d * d * v) / variance + ((s * d) / Math.sqrt(variance)) * F(v / Math.sqrt(variance), 0.25 * Math.log(s))
      const exact = (D - (x.data[i] as number)) / s ** 2
      expect(Math.abs(value - exact)).toBeLessThan(1e-5 * Math.max(1, Math.abs(exact)))
    })
  })

  test('none is f([x, log σ])/σ', async () => {
    const made = await score(none({}), (u, c) => tf.add(u, tf.expandDims(c, 1)))
    made.data.forEach((value, i) => {
      const s = sigma.data[i >> 1] as number
      const exact = ((x.data[i] as number) + Math.log(s)) / s
      expect(Math.abs(value - exact)).toBeLessThan(1e-5 * Math.max(1, Math.abs(exact)))
    })
  })

  test('edm takes from the data what it was not given', () => {
    expect(edm({ mean: 0 }).resolve({ dim: 2, mean: 5, sd: 0.4, largest_distance: 1 }).is.config).toEqual({ sd: 0.4, mean: 0 })
    expect(() => edm({}).scales(tf.ones([1]))).toThrow(expect.objectContaining({ code: 'config_unresolved' }))
  })
})

describe.each([edm({ sd: 0.7, mean: 0.3 }), none({}), gaussianTilt({ sd: 1.3, mean: -0.2 })])('an energy, preconditioned by $is.name', (preconditioning) => {
  const F = (u: Tensor2D): Tensor1D => tf.sum(tf.sin(u), 1)
  const model = { dim: 2, variables: [], output: 'energy' as const, net: netOf((u) => tf.expandDims(F(u), 1)), preconditioning }
  const [x, s] = [floats([6, 2], -2, 2), floats([6], 0.3, 2)]

  test('has the score that the same net\'s gradient has as a score', async () => {
    const of = (energy: boolean) => compiled<HostArray>((inputs: { x: Tensor2D; s: Tensor1D }) => {
      const spec = energy ? model : { ...model, output: 'score' as const, net: netOf((u) => tf.cos(u)) }
      return modelFunctions(spec, {}).score(inputs.x, inputs.s)
    }, { x, s })
    const [made, exact] = [await of(true), await of(false)]
    made.data.forEach((value, i) => expect(value).toBeCloseTo(exact.data[i] as number, 4))
  })

  test('is a density for samplers, at a temperature', async () => {
    const out = await compiled<Record<'potential' | 'energy' | 'score' | 'cold', HostArray>>((inputs: { x: Tensor2D }) => {
      const [warm, hot] = [modelTarget(model, {}), modelTarget(model, {}, 2)]
      return { potential: hot.density?.potential(tf.transpose(inputs.x)), energy: modelFunctions(model, {}).energy?.(inputs.x), cold: warm.score(tf.transpose(inputs.x)), score: hot.score(tf.transpose(inputs.x)) }
    }, { x })
    out.potential.data.forEach((value, i) => expect(2 * value).toBeCloseTo(out.energy.data[i] as number, 4))
    out.score.data.forEach((value, i) => expect(2 * value).toBeCloseTo(out.cold.data[i] as number, 4))
  })
})

describe('packing', () => {
  const tree = { b: [floats([200, 50]), floats([3], -1, 1, 1)], a: floats([4, 2], -1, 1, 2), c: null, d: floats([8193], -1, 1, 3), e: floats([], 1, 2) }
  const shapes = mapTree((leaf) => new Spec('float32', (leaf as HostArray).shape), tree)

  test('keeps large arrays, joins small ones, and is undone', () => {
    const packed = packArrays(tree)
    expect(packed.large.map(({ shape }) => shape)).toEqual([[200, 50], [8193]])
    expect(packed.small?.shape).toEqual([8 + 3 + 1])
    expect(unpackArrays(shapes, packed)).toEqual(tree)
  })

  test('of tensors is that of arrays', async () => {
    const { packed, tree: again } = await compiled<{ packed: unknown; tree: unknown }>((t: unknown) => ({ packed: packTensors(t), tree: unpackTensors(shapes, packTensors(t)) }), tree)
    expect(packed).toEqual(packArrays(tree))
    expect(again).toEqual(tree)
  })

  test('of large arrays alone has no small part', () => {
    expect(packArrays([floats([8193])])).not.toHaveProperty('small')
  })
})

describe('a model of scores', () => {
  const model = { dim: 2, variables: defaultVariables(2), net: mlp({ width: 8 }), noise: geometric({ largest: 2, smallest: 0.1, levels: 4 }), preconditioning: none({}) }
  const parameters = model.net.init(2, 2, hostDraws(1, 'm'))

  test('as a target is columnar, and takes its smallest level unless told another', async () => {
    const x = floats([5, 2])
    const out = await compiled<Record<'rows' | 'columns' | 'smallest', HostArray>>(({ p, rows }: { p: unknown; rows: Tensor2D }) => {
      const target = modelTarget(model, p)
      return { rows: modelFunctions(model, p).score(rows, tf.fill([5], 0.1)), columns: tf.transpose(target.score(tf.transpose(rows), tf.scalar(0.1))), smallest: tf.transpose(target.score(tf.transpose(rows))) }
    }, { p: parameters, rows: x })
    expect(out.columns).toEqual(out.rows)
    out.smallest.data.forEach((value, i) => expect(value).toBeCloseTo(out.rows.data[i] as number, 4))
    expect(modelTarget(model, parameters)).toMatchObject({ dim: 2, temperature: 1, levels: model.noise.levels })
  })
})

describe('denoising score matching', () => {
  const batch = { x: floats([8, 3], -2, 2), noise: floats([8, 3], -1.5, 1.5, 1), sigma: floats([8], 0.2, 2, 2) }
  const A = floats([3, 3], -1, 1, 3)
  /** A linear score with coefficients a, for differences by hand and by autodiff. */
  const model = (a: Tensor): ModelFunctions => ({ score: (x) => tf.matMul(x, a as Tensor2D) })

  test.each<['sigma_squared' | 'edm' | 'one', (s: number) => number]>([
    ['sigma_squared', (s) => s * s], ['edm', (s) => (s * s * (s * s + 0.25)) / 0.25], ['one', () => 1],
  ])('with weight %s is the mean of w(σ) ½ |s + ξ/σ|²', async (weight, w) => {
    const rule = denoisingScoreMatching({ weight, sd: 0.5 })
    const { data } = await compiled<HostArray>(({ a, b }: { a: Tensor; b: never }) => rule.loss(model(a), b, NO_KEY).value, { a: A, b: batch })
    let sum = 0
    for (let row = 0; row < 8; row++) {
      const s = batch.sigma.data[row] as number
      for (let j = 0; j < 3; j++) {
        const made = [0, 1, 2].reduce((t, k) => t + (batch.x.data[3 * row + k] as number) * (A.data[3 * k + j] as number), 0)
        sum += (w(s) / 2) * (made + (batch.noise.data[3 * row + j] as number) / s) ** 2
      }
    }
    expect(data[0]).toBeCloseTo(sum / 8, 4)
  })

  test('takes δ from the data where it is not given', () => {
    expect(denoisingScoreMatching({ weight: 'edm' }).resolve?.({ dim: 2, mean: 0, sd: 0.4, largest_distance: 1 }).is.config).toEqual({ weight: 'edm', sd: 0.4, gamma: 5 })
    expect(() => denoisingScoreMatching({ weight: 'edm' }).loss({ score: (x) => x }, { x: tf.ones([1, 1]), noise: tf.ones([1, 1]), sigma: tf.ones([1]) } as never, NO_KEY)).toThrow(expect.objectContaining({ code: 'config_unresolved' }))
  })
})
