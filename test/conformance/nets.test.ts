/** What every net promises: a row for each row, made of all its parameters, which a file keeps. */
import { expect } from 'vitest'
import { float32, leaves, mapTree, paths, valueAndGrads, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type SymbolicTensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { oneHot } from '../../src/models/classes.ts'
import type { FileNet, Net, ReadFile } from '../../src/models/nets/contract.ts'
import { hostDraws, type HostDraws } from '../../src/models/nets/host-draws.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { unpackArrays, type Packed } from '../../src/models/packing.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { Model, usedParameters } from '../../src/streams/model.ts'
import { readModel, writeModel, type Make } from '../../src/streams/models/model-file.ts'
import type { Declared } from '../../src/unit.ts'
import { eagerly } from '../engine/both.ts'
import { needs } from '../needs.ts'
import { conformance, shrunk, variantsOf } from './harness.ts'
import { DATA } from './resolve.ts'
import { bits, chainBits, expectSame, isFinite, otherwiseCompiled, ready, type Ready } from './programs.ts'

needs('tensorflow')

const ROWS = 4
/** Numbers of inputs, the first one that a net takes: nets on images take those of an image. */
const INPUTS = [3, 16, 48, 64, 784]

interface Inputs {
  readonly parameters: unknown
  readonly x: HostArray
  readonly c: HostArray
}

interface Outputs {
  readonly out: HostArray
  /** Of the sum of the squares of all outputs. */
  readonly grads: unknown
}

interface Subject extends Ready<Inputs, Outputs> {
  readonly net: Declared<Net>
  readonly inputs: number
  /** Another number than that of the inputs, where the net can. */
  readonly outputs: number
  readonly make: Make
}

function subjectOf(net: Declared<Net>, make: Make = (kind, name, config) => builtin.find(kind, name)?.(config as never)): Subject {
  const { states } = net
  const outputsOf = (inputs: number): number => (net.is_square === true || states !== undefined ? inputs : 2)
  const choices = states === undefined ? INPUTS : [states.reduce((sum, count) => sum + count, 0)] // one-hot
  const inputs = choices.find((some) => isTaken(() => net.init(some, outputsOf(some), hostDraws(1, 'parameters')))) ?? (choices[0] as number)
  return {
    net,
    make,
    inputs,
    outputs: outputsOf(inputs),
    ...ready<Inputs, Outputs>(({ parameters, x, c }: { parameters: unknown; x: Tensor2D; c: Tensor1D }) => {
      const { grads } = valueAndGrads((p) => tf.sum<Scalar>(tf.square(net.apply(p, x, { noise: c }))), parameters)
      return { out: net.apply(parameters, x, { noise: c }), grads }
    }),
  }
}

/** For nets that lie in a file: a LayersModel without weights, that is told of the noise. */
const files: ReadFile = () => {
  const [x, c] = [tf.input({ shape: [3] }), tf.input({ shape: [1] })]
  const hidden = tf.layers.dense({ units: 6, activation: 'tanh', name: 'hidden' }).apply(tf.layers.concatenate({ name: 'joined' }).apply([x, c]))
  const model = tf.model({ inputs: [x, c], outputs: tf.layers.dense({ units: 3, name: 'out' }).apply(hidden) as SymbolicTensor })
  return Promise.resolve(Buffer.from(JSON.stringify({ modelTopology: model.toJSON(undefined, false) })))
}

const read = async (net: Declared<Net | FileNet>): Promise<Declared<Net>> => ('file' in net ? net.read(files) : (net.resolve?.({ ...DATA, states: [2, 3, 2] }) ?? net))

function isTaken(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

const rowsFor = ({ inputs }: Pick<Subject, 'inputs'>) => ({ x: hostDraws(5, 'x').normal([ROWS, inputs], 1), c: hostDraws(5, 'c').normal([ROWS], 1) })
const initial = ({ net, inputs, outputs }: Pick<Subject, 'net' | 'inputs' | 'outputs'>, seed = 1): unknown => net.init(inputs, outputs, hostDraws(seed, 'parameters'))

/** Not as at the start, where some nets hold their last layer at zero. */
const moved = (subject: Pick<Subject, 'net' | 'inputs' | 'outputs'>): unknown => {
  const draws = hostDraws(9, 'moved')
  return mapTree((leaf) => {
    const { shape, data } = leaf as HostArray
    const by = draws.normal(shape, 0.1).data
    return float32(shape, Float32Array.from(data, (value, i) => value + (by[i] as number)))
  }, initial(subject))
}

/** The rows of an array, as text. */
const rowBits = (array: HostArray): string[] => chainBits(transposed(array), array.shape[0] as number)
const transposed = ({ shape: [n = 1, size = 1], data }: HostArray): HostArray =>
  float32([size, n], Float32Array.from({ length: n * size }, (_, i) => data[(i % n) * size + Math.floor(i / n)] as number))

interface Linear {
  readonly w: Tensor2D
  readonly v: Tensor2D
}

/** x w + c v, changed. */
function twin(changes: Partial<Net<Linear>>): Subject {
  const net: Declared<Net<Linear>> = {
    is: { kind: 'net', name: 'twin', config: {} },
    init: (inputs, outputs, draws) => ({ w: draws.normal([inputs, outputs], 1), v: draws.normal([1, outputs], 1) }),
    apply: ({ w, v }, x, { noise }) => tf.add(tf.matMul(x, w), tf.matMul(tf.expandDims<Tensor2D>(noise, 1), v)),
    ...changes,
  }
  const noMake: Make = (kind, name, config) => (kind === 'net' ? net : builtin.find(kind, name)?.(config as never))
  return subjectOf(net as Declared<Net>, noMake)
}

conformance<Subject>({
  kind: 'net',
  subjects: async (unit) => new Map(await Promise.all([...await variantsOf<Net | FileNet>(unit, shrunk(unit, 8))].map(async ([called, net]) => [called, subjectOf(await read(net))] as const))),
  waivers: [{ unit: 'made', check: 'sees how much noise there is', reason: 'categories have no noise' }],
  checks: {
    'starts from finite float32 arrays that follow from the draws alone': {
      holds(subject) {
        for (const { dtype, shape, data } of leaves<HostArray>(initial(subject))) expect([dtype, data.length]).toEqual(['float32', shape.reduce((a, b) => a * b, 1)])
        expect(isFinite(initial(subject))).toBe(true)
        expect(bits(initial(subject))).toBe(bits(initial(subject)))
        expect(bits(initial(subject, 2))).not.toBe(bits(initial(subject)))
      },
      twin: () => {
        let calls = 0
        return twin({ init: (inputs, outputs, draws: HostDraws) => ({ w: draws.fill([inputs, outputs], ++calls), v: draws.fill([1, outputs], 0) }) })
      },
    },
    'gives a finite row for each row': {
      async holds(subject) {
        const { out } = await subject.compiled({ parameters: initial(subject), ...rowsFor(subject) })
        expect([out.dtype, out.shape, isFinite(out)]).toEqual(['float32', [ROWS, subject.outputs], true])
      },
      twin: () => twin({ apply: ({ w }, x) => tf.log(tf.matMul(x, w)) }),
    },
    'uses every parameter': {
      async holds(subject) {
        const parameters = moved(subject)
        const grads = leaves<HostArray>((await subject.compiled({ parameters, ...rowsFor(subject) })).grads)
        expect(paths(parameters).filter((_, i) => grads[i]?.data.every((slope) => slope === 0) !== false)).toEqual([])
      },
      twin: () => twin({ apply: ({ w }, x) => tf.matMul(x, w) }),
    },
    'sees how much noise there is': {
      async holds(subject) {
        const [parameters, rows] = [moved(subject), rowsFor(subject)]
        const [one, other] = [await subject.compiled({ parameters, ...rows }), await subject.compiled({ parameters, x: rows.x, c: float32([ROWS], rows.c.data.map((c) => c + 1)) })]
        expect(rowBits(other.out).filter((row, i) => row === rowBits(one.out)[i])).toEqual([])
      },
      twin: () => twin({ apply: ({ w, v }, x) => tf.add(tf.matMul(x, w), v) }),
    },
    'heeds the class of a row, if it says that it does': {
      async holds({ net, inputs, outputs }) {
        if (net.knows_classes !== true) return
        const parameters = moved({ net: { ...net, init: (i, o, draws) => net.init(i, o, draws, 3) }, inputs, outputs })
        const apply = ({ p, x, c, k }: { p: unknown; x: Tensor2D; c: Tensor1D; k: Tensor1D }): Tensor2D => net.apply(p, x, { noise: c, classes: oneHot(k, 3) })
        const { x, c } = rowsFor({ inputs })
        const told = async (...k: number[]): Promise<string[]> => rowBits(await eagerly<HostArray>(apply, { p: parameters, x, c, k: float32([ROWS], Float32Array.from(k)) }))
        const [one, other] = [await told(0, 1, 2, -1), await told(0, 2, -1, -1)]
        expect(one.flatMap((row, i) => (row === other[i] ? [] : [i]))).toEqual([1, 2])
      },
      twin: () => twin({ knows_classes: true }),
    },
    'of a row depends on that row alone': {
      async holds(subject) {
        const [parameters, rows] = [moved(subject), rowsFor(subject)]
        const x = float32(rows.x.shape, rows.x.data.map((value, i) => (Math.floor(i / subject.inputs) === 3 ? -value : value)))
        const [before, after] = [rowBits((await subject.compiled({ parameters, ...rows })).out), rowBits((await subject.compiled({ parameters, x, c: rows.c })).out)]
        expect(before.flatMap((row, i) => (row === after[i] ? [] : [i]))).toEqual([3])
      },
      twin: () => twin({ apply: ({ w, v }, x) => tf.add(tf.matMul(tf.sub(x, tf.mean(x, 0)), w), v) }),
    },
    'gives the same when it was saved and loaded': {
      async holds({ net, inputs, make }) {
        const dim = net.states?.length ?? inputs
        const spec = { dim, variables: defaultVariables(dim), net, noise: geometric({ largest: 2, smallest: 0.1, levels: 4 }), preconditioning: none({}) }
        const model = Model.create('m', spec, 3)
        const loaded = readModel(Buffer.concat(await writeModel(model)), make)
        expect(loaded.spec.net.is).toEqual(net.is)
        const outputs = await Promise.all([model, loaded].map(async (one) => {
          const apply = ({ parameters, x, c }: { parameters: unknown; x: Tensor2D; c: Tensor1D }): Tensor2D => one.spec.net.apply(parameters, x, { noise: c })
          return bits(await eagerly(apply, { parameters: unpackArrays(one.shapes, usedParameters(await one.read()) as Packed<HostArray>), ...rowsFor({ inputs }) }))
        }))
        expect(outputs[1]).toBe(outputs[0])
      },
      twin: () => {
        const { net, make, ...rest } = twin({})
        const other: Net = { ...net, apply: (parameters, x, condition) => tf.mul(2, net.apply(parameters, x, condition)) }
        return { net, ...rest, make: (kind, name, config) => (kind === 'net' ? { ...other, is: net.is } : make(kind, name, config)) }
      },
    },
    'is the same, compiled and op by op': {
      holds: (subject) => expectSame({ compiled: subject.compiled, eager: subject.eager }, { parameters: moved(subject), ...rowsFor(subject) }),
      twin: () => twin({ apply: ({ w, v }, x) => otherwiseCompiled(tf.add(tf.matMul(x, w), v)) }),
    },
  },
})
