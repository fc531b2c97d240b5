/** Recording: what a program holds, and what may not happen inside a recorded function. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compile, float32, HostArray, inlineExecutor, int32, record, scalarFloat, Spec, specsOf, valueAndGrad, type Program } from '../../src/engine/index.ts'
import { savedModel } from '../../src/engine/graph/saved-model.ts'
import { tf, type Scalar, type Tensor, type Tensor1D } from '../../src/engine/tf.ts'
import { HeatbathError } from '../../src/errors.ts'
import { needs } from '../needs.ts'
import { compiled } from './both.ts'
import { floats } from './numbers.ts'

needs('tensorflow')

const VECTOR = new Spec('float32', [4])

const opsOf = ({ functions }: Program): string[] => functions.flatMap(({ nodes }) => nodes.map(({ op }) => op))
const count = (program: Program, op: string): number => opsOf(program).filter((name) => name === op).length
const errorOf = (f: () => unknown): unknown => {
  try {
    return f()
  } catch (error) {
    return error
  }
}

describe('a program', () => {
  test('computes equal subexpressions once', () => {
    const { program } = record<Tensor>('squares', VECTOR, (x) => tf.add(tf.square(tf.exp(x)), tf.mul(tf.exp(x), tf.square(tf.exp(x)))))
    expect(count(program, 'Exp')).toBe(1)
    expect(count(program, 'Square')).toBe(1)
  })

  test('keeps apart what differs in inputs or attributes', () => {
    const { program } = record<Tensor>('sums', new Spec('float32', [3, 4]), (x) => [tf.sum(x, 0), tf.sum(x, 1), tf.sum(x, 1, true), tf.sum(tf.neg(x), 0)])
    expect(count(program, 'Sum')).toBe(4)
  })

  test('is the same, byte for byte, when recorded again', () => {
    const bytes = (): Uint8Array => savedModel(record<Tensor>('twice', VECTOR, (x) => valueAndGrad((y) => tf.sum(tf.sin(tf.square(y))), x)).program, { lanes: 2, join: [0, undefined] }, 'CPU')
    expect(Buffer.compare(bytes(), bytes())).toBe(0)
  })

  test('gives trees of the shape that the function returned', async () => {
    const out = await compiled(({ b, a }: { a: Scalar; b: Tensor1D[] }) => ({ z: [tf.neg(a), null], y: { nothing: undefined, sum: tf.addN(b) } }),
      { b: [floats([3]), floats([3], -1, 1, 1)], a: scalarFloat(2) })
    const [first, second] = [floats([3]).data, floats([3], -1, 1, 1).data]
    expect(out).toEqual({ z: [scalarFloat(-2), null], y: { nothing: undefined, sum: float32([3], first.map((v, i) => v + (second[i] as number))) } })
  })

  test('may return its inputs, one value twice, and constants', async () => {
    const x = floats([4])
    expect(await compiled((t: Tensor) => [t, t, tf.clone(t), tf.scalar(3)], x)).toEqual([x, x, x, scalarFloat(3)])
  })

  test('takes one array at two places', async () => {
    const x = floats([4])
    expect(await compiled(({ a, b }: { a: Tensor; b: Tensor }) => tf.sub(a, b), { a: x, b: x })).toEqual(float32([4], new Float32Array(4)))
  })

  test('takes and gives bool and int32', async () => {
    const out = await compiled<{ data: ArrayLike<number>; dtype: string }[]>(({ flags, n }: { flags: Tensor; n: Tensor }) => [tf.logicalNot(flags), tf.add(n, tf.scalar(1, 'int32'))],
      { flags: new HostArray('bool', [3], Uint8Array.of(1, 0, 1)), n: int32([2], Int32Array.of(-5, 2 ** 30)) })
    expect(out.map(({ dtype, data }) => [dtype, ...Array.from(data)])).toEqual([['bool', 0, 1, 0], ['int32', -4, 2 ** 30 + 1]])
  })

  test('of a million rows is recorded without memory for them', () => {
    const before = tf.memory().numBytes
    record<Tensor>('large', new Spec('float32', [1_000_000, 8]), (x) => {
      expect(tf.memory().numTensors).toBeGreaterThan(0)
      return valueAndGrad((y) => tf.sum(tf.tanh(y)), x).grad
    })
    expect(process.memoryUsage().rss).toBeLessThan(2 ** 31)
    expect(tf.memory().numBytes).toBe(before)
  })

  test('leaves no tensor behind, also when recording fails', () => {
    const before = tf.memory().numTensors
    record<Tensor>('fine', VECTOR, (x) => tf.exp(x))
    errorOf(() => record<Tensor>('broken', VECTOR, (x) => {
      tf.exp(x)
      throw new Error('halfway')
    }))
    expect(tf.memory().numTensors).toBe(before)
  })

  test('of the shapes alone leaves no nodes in the recording it is asked in', () => {
    const { program } = record<Tensor>('specs', VECTOR, (x) => {
      expect(specsOf(() => ({ a: tf.exp(x), b: [tf.sum(tf.log(x))] }))).toEqual({ a: VECTOR, b: [new Spec('float32', [])] })
      return tf.neg(x)
    })
    expect(opsOf(program)).toEqual(['Neg'])
  })
})

describe('a tensor from outside', () => {
  const outside: Tensor[] = []
  const keep = <T extends Tensor>(t: T): T => {
    outside.push(t)
    return t
  }
  afterEach(() => {
    tf.dispose(outside.splice(0))
  })

  const programOf = (constant: Tensor): Program => record<Tensor>('with a constant', new Spec('float32', []), (x) => tf.mul(x, constant)).program
  const times1 = (constant: Tensor): Promise<HostArray> => compiled((x: Tensor) => tf.mul(x, constant), scalarFloat(1))

  test('of up to 64 elements is a constant', () => {
    expect(programOf(keep(tf.range(0, 64))).captures).toEqual([])
    expect(programOf(keep(tf.range(0, 65))).captures).toHaveLength(1)
  })

  test('that holds one value throughout is one number, however large', () => {
    const { captures, functions } = programOf(keep(tf.fill([1000, 100], 0.3)))
    expect(captures).toEqual([])
    const tensors = functions[0]?.nodes.flatMap(({ attributes }) => Object.values(attributes).flatMap((a) => ('tensor' in a ? [a.tensor] : [])))
    expect(tensors).toEqual([{ dtype: 'float32', shape: [1000, 100], data: Float32Array.of(0.3) }])
  })

  test.each([
    ['-0', [-0]], ['-0 throughout', new Array<number>(100).fill(-0)], ['0 and -0', [0, -0]], ['-0 and 0', [-0, 0]],
    ['NaN', [NaN]], ['NaN throughout', new Array<number>(100).fill(NaN)], ['infinities', [Infinity, -Infinity]],
    ['denormal numbers', [1e-45, 1e-40]], ['one value', new Array<number>(100).fill(0.1)],
  ])('keeps its bits: %s', async (_, values) => {
    const constant = keep(tf.tensor1d(Float32Array.from(values)))
    // A sign of zero shows when it is divided by; denormals are flushed by arithmetic, so the constant is returned as it is.
    const out = await compiled<HostArray>(() => constant, [])
    expect(Buffer.from(out.data.buffer, out.data.byteOffset, out.data.byteLength)).toEqual(Buffer.from(Float32Array.from(values).buffer))
  })

  test('of several shapes and dtypes gives its values', async () => {
    expect((await times1(keep(tf.tensor2d(floats([10, 20]).data, [10, 20])))).data).toEqual(floats([10, 20]).data)
    const flags = keep(tf.tensor1d(Uint8Array.from({ length: 100 }, (_, i) => i % 3 === 0 ? 1 : 0), 'bool'))
    const numbers = keep(tf.range(0, 100, 1, 'int32'))
    const [f, n] = await compiled<HostArray[]>((x: Tensor) => [tf.mul(x, tf.cast(flags, 'float32')), tf.add(numbers, tf.cast(x, 'int32'))], scalarFloat(1)) as [HostArray, HostArray]
    expect([...f.data].filter((v) => v === 1)).toHaveLength(34)
    expect([...n.data]).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  test('may be disposed of after the recording', async () => {
    const [small, large] = [tf.tensor1d([1, 2, 3]), tf.range(0, 1000)]
    const fn = (x: Tensor): Tensor => tf.add(tf.sum(tf.mul(x, small)), tf.sum(tf.mul(x, large)))
    const { program } = record<Tensor>('disposed', new Spec('float32', []), fn)
    tf.dispose([small, large])
    expect(program.captures[0]?.data[999]).toBe(999)
  })

  test('is captured once, in however many places and guises it is used', () => {
    const t = keep(tf.range(0, 1000))
    const { captures } = record<Tensor>('thrice', VECTOR, (x) => [tf.mul(t, tf.sum(x)), tf.add(t, tf.clone(t)), tf.reshape(t, [10, 100])]).program
    expect(captures).toHaveLength(1)
  })

  test('of 10 MB is captured whole', async () => {
    const n = 2_621_440
    const t = keep(tf.range(0, n))
    const out = await compiled<HostArray[]>((x: Tensor) => [tf.sum(tf.cast(tf.equal(tf.add(t, x), tf.range(1, n + 1)), 'int32')), tf.slice(t as Tensor1D, n - 2, 2)], scalarFloat(1))
    expect(out.map(({ data }) => [...data])).toEqual([[n], [n - 2, n - 1]])
  })

  test('counts with its value at the recording, if it is a variable', async () => {
    const variable = keep(tf.variable(tf.tensor1d([1, 2])))
    const { program } = record<Tensor>('variable', new Spec('float32', []), (x) => tf.mul(x, variable))
    const value = (): unknown => program.functions[0]?.nodes.flatMap(({ attributes }) => Object.values(attributes).flatMap((a) => ('tensor' in a ? [...a.tensor.data] : [])))
    expect(value()).toEqual([1, 2])
    variable.assign(tf.tensor1d([5, 6]))
    expect(value()).toEqual([1, 2])
  })
})

describe('an error names the program:', () => {
  test.each<[what: string, code: string, f: (x: Tensor) => unknown]>([
    ['Math.random', 'engine_host_random', (x) => tf.mul(x, Math.random())],
    ['tf.randomNormal', 'engine_host_random', (x) => tf.add(x, tf.randomNormal([4]))],
    ['tf.dropout', 'engine_host_random', (x) => tf.dropout(x, 0.5)],
    ['dataSync', 'engine_host_read', (x) => tf.mul(x, tf.sum(x).dataSync()[0] as number)],
    ['arraySync of an intermediate value', 'engine_host_read', (x) => tf.exp(x).arraySync()],
    ['print', 'engine_host_read', (x) => x.print()],
    ['an op on complex numbers', 'engine_unknown_op', (x) => tf.spectral.rfft(x)],
    ['an op whose shape depends on data', 'engine_unknown_op', (x) => tf.unique(x as Tensor1D).values],
    ['an op that has no table entry', 'engine_unknown_op', (x) => tf.image.nonMaxSuppression(tf.reshape(x, [1, 4]), tf.ones([1]), 1)],
    ['an assigned variable', 'engine_variable_assigned', (x) => {
      tf.engine().registeredVariables.shared?.assign(tf.sum(x))
      return x
    }],
  ])('%s', (_, code, f) => {
    const shared = tf.variable(tf.scalar(1), true, 'shared')
    const error = errorOf(() => record('my program', VECTOR, f))
    shared.dispose()
    expect(error).toBeInstanceOf(HeatbathError)
    expect(error).toMatchObject({ code, message: expect.stringContaining('my program') })
  })

  test.each<[what: string, f: (x: Tensor) => unknown]>([
    ['a number is returned', () => 3], ['a promise is returned', async (x) => x], ['a function is returned', () => () => 3],
  ])('%s', (_, f) => {
    expect(errorOf(() => record('my program', VECTOR, f))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('my program') })
  })

  test('a recording inside a recording', () => {
    expect(() => record('outer one', VECTOR, (x: Tensor) => {
      record('inner one', VECTOR, (y: Tensor) => y)
      return x
    })).toThrow(/inner one .* outer one/)
  })

  test.each<[what: string, input: unknown]>([
    ['an input of another shape', floats([5])], ['an input of another dtype', int32([4], new Int32Array(4))],
  ])('%s at run time', async (_, input) => {
    const program = await compile('my program', VECTOR, (x: Tensor) => tf.matMul(tf.reshape(x, [2, 2]), tf.ones([2, 2])), { executor: inlineExecutor() })
    await expect(program.run([input])).rejects.toMatchObject({ code: 'engine_run_failed', message: expect.stringContaining('my program') })
  })
})

describe('after an error in a recorded function', () => {
  let random: () => number
  beforeEach(() => {
    random = Math.random
    errorOf(() => record('broken', VECTOR, () => Math.random()))
  })

  test('Math.random works', () => {
    expect(Math.random).toBe(random)
    expect(Math.random()).toBeLessThan(1)
  })

  test('tensors are computed, and functions recorded', async () => {
    expect(tf.add(1, 2).dataSync()[0]).toBe(3)
    expect(await compiled((x: Tensor) => tf.neg(x), scalarFloat(2))).toEqual(scalarFloat(-2))
  })
})
