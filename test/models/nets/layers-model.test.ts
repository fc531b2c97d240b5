/** LayersModels as nets: their own numbers, how they see noise, what is refused, and their files. */
import { describe, expect, test } from 'vitest'
import { float32, leaves, rebuild, valueAndGrads, type HostArray, type Key } from '../../../src/engine/index.ts'
import { tf, type Layer, type LayersModel, type SymbolicTensor, type Tensor2D } from '../../../src/engine/tf.ts'
import { denoisingScoreMatching } from '../../../src/models/losses/denoising-score-matching.ts'
import type { Batch } from '../../../src/models/losses/contract.ts'
import { modelFunctions } from '../../../src/models/model.ts'
import type { FileNet, Net } from '../../../src/models/nets/contract.ts'
import { hostDraws } from '../../../src/models/nets/host-draws.ts'
import { layersModel } from '../../../src/models/nets/layers-model.ts'
import { layersNet } from '../../../src/models/nets/layers-net.ts'
import { none } from '../../../src/models/preconditioning/none.ts'
import type { Declared } from '../../../src/unit.ts'
import { compiled } from '../../engine/both.ts'
import { floats } from '../../engine/numbers.ts'
import { needs } from '../../needs.ts'
import { filesOf, readerOf, tanhModel } from './layers.ts'

needs('tensorflow')

const ROWS = 5
const [x, c] = [floats([ROWS, 2], -2, 2), floats([ROWS], -1, 1, 1)]
const draws = hostDraws(1, 'net')

/** f(x, c), with the parameters that training would begin from. */
const made = (net: Net, at: HostArray = x, outputs = at.shape[1] as number): Promise<HostArray> => {
  const inputs = at.shape[1] as number
  return compiled<HostArray>(({ p, rows, noise }: { p: unknown; rows: Tensor2D; noise: never }) => net.apply(p, rows, { noise }), { p: net.init(inputs, outputs, draws), rows: at, noise: c })
}

const predicted = (model: LayersModel, ...inputs: HostArray[]): number[] => tf.tidy(() => {
  const fed = inputs.map(({ shape, data }) => tf.tensor(data as Float32Array, [...shape]))
  return [...(model.predict(fed.length === 1 ? fed[0] as never : fed) as Tensor2D).dataSync()]
})

const expectNumbers = ({ data }: HostArray, numbers: readonly number[]): void => {
  expect(data).toHaveLength(numbers.length)
  data.forEach((value, i) => expect(value).toBeCloseTo(numbers[i] as number, 5))
}

/** x and c, side by side. */
const joined = float32([ROWS, 3], Float32Array.from({ length: 3 * ROWS }, (_, i) => (i % 3 === 2 ? c.data[Math.floor(i / 3)] : x.data[2 * Math.floor(i / 3) + (i % 3)]) as number))

type Layers = Layer[]

const small = (): LayersModel => tf.sequential({ layers: [
  tf.layers.reshape({ inputShape: [16], targetShape: [4, 4, 1] }),
  tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' }),
  tf.layers.averagePooling2d({ poolSize: 2 }),
  tf.layers.flatten(),
  tf.layers.layerNormalization(),
  tf.layers.dense({ units: 1 }),
] })

describe('a LayersModel as a net', () => {
  test('of x alone gives what it predicts, and does not see the noise', async () => {
    const model = tanhModel(2, 2)
    expectNumbers(await made(layersNet(model)), predicted(model, x))
  })

  test('with one column more sees the noise in the last', async () => {
    const model = tanhModel(3, 2)
    expectNumbers(await made(layersNet(model)), predicted(model, joined))
  })

  test('with two inputs sees the noise in the second, and x in its shape in the first', async () => {
    const [rows, noise] = [tf.input({ shape: [1, 2] }), tf.input({ shape: [1] })]
    const outputs = tf.layers.dense({ units: 2 }).apply(tf.layers.concatenate().apply([tf.layers.flatten().apply(rows) as SymbolicTensor, noise])) as SymbolicTensor
    const model = tf.model({ inputs: [rows, noise], outputs })
    expectNumbers(await made(layersNet(model)), predicted(model, float32([ROWS, 1, 2], x.data as Float32Array), float32([ROWS, 1], c.data as Float32Array)))
  })

  test('may have convolutions, pooling and layer normalisation', async () => {
    const [model, images] = [small(), floats([ROWS, 16])]
    expectNumbers(await made(layersNet(model), images, 1), predicted(model, images))
  })

  test.each([[2, 2, true], [3, 2, true], [2, 1, false], [1, 1, false]])('from %d to %d numbers: an inner product as an energy is %s', (inputs, outputs, is) => {
    expect(layersNet(tanhModel(inputs, outputs)).is_square).toBe(is)
  })

  test('keeps its own weights, and is bound to those it is given', async () => {
    const model = tanhModel(2, 2)
    const net = layersNet(model)
    const before = predicted(model, x)
    const others = layersNet(tanhModel(2, 2, 16, 7))
    const run = await compiled<HostArray>(({ p, rows, noise }: { p: unknown; rows: Tensor2D; noise: never }) => net.apply(p, rows, { noise }), { p: others.init(2, 2, draws), rows: x, noise: c })
    expectNumbers(run, [...(await made(others)).data])
    expect(predicted(model, x)).toEqual(before)
    expect(() => net.apply({}, tf.zeros([1, 2]), { noise: tf.zeros([1]) })).toThrow()
    expect(predicted(model, x)).toEqual(before)
  })

  test('is refused where rows or outputs are of another number', () => {
    const net = layersNet(tanhModel(4, 2))
    expect(() => net.init(2, 2, draws)).toThrow(expect.objectContaining({ code: 'net_unfit', message: expect.stringMatching(/input has 4 numbers, \[4\], and a row has 2/) as unknown }))
    expect(() => net.init(4, 4, draws)).toThrow(expect.objectContaining({ code: 'net_unfit', message: expect.stringMatching(/output has 2 numbers, and 4 are needed/) as unknown }))
  })
})

/** Of functions that are smooth twice: at kinks, as relu and elu have them, differences and derivatives part. */
describe('the gradient of denoising score matching is that of differences, through', () => {
  const batch = { x: floats([ROWS, 16], -1, 1, 4), noise: floats([ROWS, 16], -1, 1, 5), sigma: floats([ROWS], 0.5, 2, 6) }
  const { layers: l } = tf
  const image = (...layers: Layers): LayersModel => tf.sequential({ layers: [l.reshape({ inputShape: [16], targetShape: [4, 4, 1] }), l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh' }), ...layers, l.flatten(), l.dense({ units: 1 })] })
  const flat = (...layers: Layers): LayersModel => tf.sequential({ layers: [l.dense({ inputShape: [16], units: 12 }), ...layers, l.dense({ units: 1 })] })

  test.each<[what: string, model: () => LayersModel, output?: 'score']>([
    ['dense layers, a score', () => tanhModel(16, 16), 'score'], ['dense layers', () => tanhModel(16, 1)], ['dense layers, an inner product', () => tanhModel(16, 16)],
    ...(['softplus', 'swish', 'gelu', 'sigmoid', 'softmax'] as const).map((activation) => [activation, () => flat(l.activation({ activation }))] as [string, () => LayersModel]),
    ['layer normalisation', small],
    ['convolutions with strides and dilations', () => image(l.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }), l.conv2d({ filters: 2, kernelSize: 2, dilationRate: 2, padding: 'same', activation: 'tanh' }))],
    ['transposed, depthwise and separable convolutions', () => image(l.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2, activation: 'tanh' }), l.depthwiseConv2d({ kernelSize: 3, activation: 'tanh' }), l.separableConv2d({ filters: 2, kernelSize: 3, activation: 'tanh' }))],
    ['pooling and padding', () => image(l.zeroPadding2d({}), l.averagePooling2d({ poolSize: 2 }), l.upSampling2d({ size: [2, 2] }), l.activation({ activation: 'tanh' }), l.cropping2D({ cropping: [[1, 0], [0, 1]] }))],
    ['a recurrent layer', () => tf.sequential({ layers: [l.reshape({ inputShape: [16], targetShape: [4, 4] }), l.gru({ units: 3, recurrentActivation: 'sigmoid' }), l.dense({ units: 1 })] })],
  ])('%s', async (_, model, output = 'energy' as never) => {
    const net = layersNet(model())
    const spec = { dim: 16, variables: [], output, net, preconditioning: none({}) }
    const begun = net.init(16, output === 'score' || net.is_square === true ? 16 : 1, draws)
    const parameters = rebuild(begun, leaves<HostArray>(begun).map(({ shape }, i) => hostDraws(i, 'fixed').normal(shape, 0.5))) // tfjs draws its own anew each time
    const value = ({ p, b }: { p: unknown; b: Batch }) => denoisingScoreMatching({}).loss(modelFunctions(spec, p), b, undefined as unknown as Key).value
    const { grads } = await compiled<{ grads: unknown }>(({ p, b }: { p: unknown; b: Batch }) => valueAndGrads((own) => value({ p: own, b }), p), { p: parameters, b: batch })
    const way = leaves<HostArray>(parameters).map(({ shape }, i) => floats(shape, -1, 1, 20 + i).data)
    const slope = leaves<HostArray>(grads).reduce((sum, { data }, i) => sum + (data as Float32Array).reduce((part, v, k) => part + v * (way[i]?.[k] as number), 0), 0)
    const at = async (h: number): Promise<number> => {
      const moved = rebuild(parameters, leaves<HostArray>(parameters).map((leaf, i) => float32(leaf.shape, Float32Array.from(leaf.data, (v, k) => v + h * (way[i]?.[k] as number)))))
      return (await compiled<HostArray>(value, { p: moved, b: batch })).data[0] as number
    }
    const difference = (8 * ((await at(0.01)) - (await at(-0.01))) - ((await at(0.02)) - (await at(-0.02)))) / 0.12
    expect(Math.abs(slope - difference)).toBeLessThan(5e-3 * Math.max(1, Math.abs(difference)))
  }, 120_000)
})

describe('is refused with the layer and a remedy', () => {
  const { dense } = tf.layers
  const of = (...layers: Layers): LayersModel => tf.sequential({ layers })
  const input = { inputShape: [2], units: 2 }

  test.each<[what: string, model: () => unknown, problem: RegExp]>([
    ['dropout', () => of(dense(input), tf.layers.dropout({ rate: 0.5, name: 'drop' })), /layer drop draws random numbers in training \(rate 0.5\)/],
    ['noise', () => of(dense(input), tf.layers.gaussianNoise({ stddev: 0.1, name: 'noisy' })), /layer noisy draws random numbers/],
    ['dropout inside of a recurrent layer', () => of(tf.layers.lstm({ inputShape: [2, 1], units: 2, dropout: 0.2, name: 'memory' })), /layer memory draws random numbers in training \(dropout 0.2\)/],
    ['dropout inside of a model', () => of(dense(input), of(dense(input), tf.layers.dropout({ rate: 0.5, name: 'inner' })) as never), /layer inner draws/],
    ['batch normalisation', () => of(dense(input), tf.layers.batchNormalization({ name: 'batch' })), /layer batch normalises by the statistics of a batch/],
    ['a state', () => of(tf.layers.simpleRNN({ batchInputShape: [4, 2, 1], units: 2, stateful: true, name: 'state' })), /of 4 rows only/],
    ['a regularizer', () => of(dense({ ...input, kernelRegularizer: 'l1l2', name: 'flat' })), /layer flat adds a regularizer/],
    ['a constraint', () => of(dense({ ...input, kernelConstraint: 'nonNeg', name: 'up' })), /weight up\/kernel has a constraint/],
    ['frozen weights', () => of(dense({ ...input, trainable: false, name: 'ice' })), /layer ice has weights that are not trained/],
    ['an input without a shape', () => tf.sequential(), /no shape yet/],
    ['an open extent', () => of(tf.layers.globalAveragePooling1d({ inputShape: [null, 2] } as never)), /open shape \[\?, 2\]/],
    ['integers', () => of(tf.layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 3, name: 'words' })), /layer words takes whole numbers/],
    ['an input of integers', () => of(tf.layers.flatten({ inputShape: [2, 1], dtype: 'int32' })), /is of int32/],
    ['three inputs', () => {
      const inputs = [0, 1, 2].map(() => tf.input({ shape: [1] }))
      return tf.model({ inputs, outputs: tf.layers.concatenate().apply(inputs) as SymbolicTensor })
    }, /3 inputs/],
    ['a wide second input', () => {
      const inputs = [0, 1].map(() => tf.input({ shape: [2] }))
      return tf.model({ inputs, outputs: tf.layers.add().apply(inputs) as SymbolicTensor })
    }, /second input, \[2\], has another number than 1/],
    ['two outputs', () => {
      const inputs = tf.input({ shape: [2] })
      return tf.model({ inputs, outputs: [1, 2].map((units) => dense({ units }).apply(inputs) as SymbolicTensor) })
    }, /2 outputs/],
    ['something else', () => ({ predict: () => 1 }), /no LayersModel/],
  ])('%s', (_, model, problem) => {
    const unfit = model()
    expect(() => layersNet(unfit as LayersModel)).toThrow(expect.objectContaining({ code: 'net_unfit', message: expect.stringMatching(problem) as unknown, hint: expect.stringMatching(/\w/) as unknown }))
  })

  test('but dropout of rate 0 is not', () => {
    expect(layersNet(of(dense(input), tf.layers.dropout({ rate: 0 })))).toHaveProperty('apply')
  })
})

describe('the file of a LayersModel', () => {
  const readFrom = (files: Readonly<Record<string, Buffer>>): Promise<Declared<Net>> => (layersModel({ path: 'nets/model.json' }) as FileNet).read(readerOf(files))
  const changed = async (change: (json: Record<string, never>) => void): Promise<Record<string, Buffer>> => {
    const files = await filesOf(tanhModel(2, 2))
    const json = JSON.parse(files['model.json'].toString()) as Record<string, never>
    change(json)
    return { ...files, 'model.json': Buffer.from(JSON.stringify(json)) }
  }

  test('in shards beside it gives its weights', async () => {
    const model = tanhModel(2, 2)
    const files = await filesOf(model)
    expect(Object.keys(files)).toHaveLength(3)
    const net = await readFrom(files)
    expectNumbers(await made(net), predicted(model, x))
    expect(Object.keys(net.init(2, 2, draws) as object)).toContain('first/kernel')
  })

  test('of Keras, whose topology lies in model_config, does as well', async () => {
    const model = tanhModel(2, 2)
    const files = await filesOf(model)
    const json = JSON.parse(files['model.json'].toString()) as { modelTopology: unknown }
    const keras = { ...json, modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: json.modelTopology } }
    expectNumbers(await made(await readFrom({ ...files, 'model.json': Buffer.from(JSON.stringify(keras)) })), predicted(model, x))
  })

  test('without weights leaves them to the draws', async () => {
    const net = await readFrom(await changed((json) => delete json.weightsManifest))
    const [one, same, other] = [1, 1, 2].map((seed) => net.init(2, 2, hostDraws(seed, 'p')) as Record<string, HostArray>)
    expect(same).toEqual(one)
    expect(other?.['first/kernel']).not.toEqual(one?.['first/kernel'])
    expect(new Set(one?.['first/bias']?.data)).toEqual(new Set([0]))
  })

  test.each<[what: string, files: () => Promise<Readonly<Record<string, Buffer>>>, error: { code?: string; message: RegExp }]>([
    ['that is not JSON', () => Promise.resolve({ 'model.json': Buffer.from('{') }), { code: 'model_file_invalid', message: /its text of nets\/model\.json: it is not JSON, as the model\.json of a LayersModel is/ }],
    ['without a topology', () => changed((json) => delete json.modelTopology), { code: 'model_file_invalid', message: /modelTopology of nets\/model\.json/ }],
    ['of a frozen graph', () => changed((json) => Object.assign(json, { format: 'graph-model' })), { code: 'model_file_invalid', message: /graph-model, whose weights are constants/ }],
    ['with shards elsewhere', () => changed((json) => Object.assign(json, { weightsManifest: [{ paths: ['../../secret'], weights: [] }] })), { code: 'model_file_invalid', message: /weightsManifest\.0\.paths\.0.*a shard lies beside model\.json/ }],
    ['with an unknown layer', () => changed((json) => Object.assign(json, JSON.parse(JSON.stringify(json).replaceAll('"Dense"', '"Denser"')))), { code: 'model_file_invalid', message: /Denser/ }],
    ['with weights cut off', async () => {
      const files = await filesOf(tanhModel(2, 2))
      return { ...files, 'group1-shard2.bin': Buffer.alloc(8) }
    }, { code: 'model_file_invalid', message: /its topology, or its weights of nets\/model\.json/ }],
    ['with a weight missing', () => changed((json) => (json.weightsManifest as unknown as { weights: unknown[] }[])[0]?.weights.pop()), { code: 'model_file_invalid', message: /last/ }],
    ['without one of its shards', async () => {
      const { 'group1-shard2.bin': _, ...files } = await filesOf(tanhModel(2, 2))
      return files
    }, { message: /there is no nets\/group1-shard2\.bin/ }],
  ])('%s is refused', async (_, files, { code, message }) => {
    await expect(readFrom(await files())).rejects.toMatchObject({ ...(code === undefined ? {} : { code }), message: expect.stringMatching(message) as unknown })
  })
})
