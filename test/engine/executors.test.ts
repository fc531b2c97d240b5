/** Executors: whatever runs a program, on this thread or another, the bits are the same. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import {
  compile, eagerExecutor, float32, inlineExecutor, int32, scalarFloat, Spec, valueAndGrad, workerExecutor,
  type Compiled, type DeviceArray, type Executor, type HostArray, type Program,
} from '../../src/engine/index.ts'
import { sharedFloats } from '../../src/engine/array.ts'
import { tf, type Tensor, type Tensor4D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { floats } from './numbers.ts'
import { walk, walkFrom, type Walked } from './walk.ts'

needs('tensorflow')

const shared = { inline: inlineExecutor(), worker: workerExecutor() }
afterAll(() => Promise.all(Object.values(shared).map((executor) => executor.close())))

const negate = (x: Tensor): Tensor => tf.neg(x)
const bits = (array: HostArray): string => Buffer.from(array.data.buffer, array.data.byteOffset, array.data.byteLength).toString('hex')

describe.each(['inline', 'worker'] as const)('the %s executor', (kind) => {
  let executor: Executor
  beforeEach(() => {
    executor = shared[kind]
  })

  test('says what it is', () => {
    expect(executor.kind).toBe(kind)
  })

  test('fetches values', async () => {
    const program = await compile('negate', new Spec('float32', [3]), negate, { executor })
    expect(await program.run([float32([3], Float32Array.of(1, -2, 0.5))])).toEqual([float32([3], Float32Array.of(-1, 2, -0.5))])
    program.dispose()
  })

  test('keeps arrays, takes them as inputs again and reads them', async () => {
    const program = await compile('walk', walkFrom(0), walk, { executor })
    const [whole] = await program.run<Walked>([walkFrom(3)]) as [Walked]
    const [kept] = await program.run<{ end: DeviceArray; mean: HostArray }>([walkFrom(3)], { end: 'keep', mean: 'fetch' }) as [{ end: DeviceArray; mean: HostArray }]
    expect(kept.end).toMatchObject({ dtype: 'float32', shape: [3, 64] })
    expect(kept.end).not.toHaveProperty('data')
    expect(kept.mean).toEqual(whole.mean)
    expect(await executor.read([kept.end])).toEqual([whole.end])
    const [again] = await program.run<Walked>([{ ...walkFrom(3), x: kept.end }])
    const [same] = await program.run<Walked>([{ ...walkFrom(3), x: whole.end }])
    expect(again).toEqual(same)
    executor.release([kept.end])
    program.dispose()
  })

  test('keeps arrays of the host, which running does not consume', async () => {
    const [kept] = await executor.keep([floats([5])]) as [DeviceArray]
    const program = await compile('negate', new Spec('float32', [5]), negate, { executor })
    const first = await program.run([kept])
    expect(await program.run([kept])).toEqual(first)
    expect(await executor.read([kept])).toEqual([floats([5])])
    executor.release([kept])
    program.dispose()
  })

  test('lets go of an array once: a second release is harmless, a use of it an error', async () => {
    const [kept] = await executor.keep([floats([5])]) as [DeviceArray]
    executor.release([kept])
    executor.release([kept])
    await expect(executor.read([kept])).rejects.toThrow(/was released/)
    const program = await compile('negate', new Spec('float32', [5]), negate, { executor })
    await expect(program.run([kept])).rejects.toThrow(/was released/)
    expect(await program.run([floats([5])])).toHaveLength(1)
    program.dispose()
  })

  test.each([1, 2, 5])('runs %i lanes at once with the bits of one after another', async (lanes) => {
    const [together, single] = await Promise.all([lanes, 1].map((n) => compile('walk', walkFrom(0), walk, { executor, lanes: n }))) as [Compiled, Compiled]
    const inputs = Array.from({ length: lanes }, (_, i) => walkFrom(i))
    const one: Walked[] = []
    for (const input of inputs) one.push(...await single.run<Walked>([input]))
    const all = await together.run<Walked>(inputs)
    expect(all.map(({ end }) => bits(end))).toEqual(one.map(({ end }) => bits(end)))
    expect(new Set(all.map(({ end }) => bits(end))).size).toBe(lanes)
    together.dispose()
    single.dispose()
  })

  test.each([1, 3])('joins the outputs of %i lanes along an axis', async (lanes) => {
    const program = await compile('walk', walkFrom(0), walk, { executor, lanes, join: (path) => (path === 'end' ? 1 : 0) })
    const inputs = Array.from({ length: lanes }, (_, i) => walkFrom(i))
    const apart = await program.run<Walked>(inputs)
    const joined = await program.run<Walked>(inputs, { end: 'join', mean: 'join' })
    joined.forEach(({ end, mean }) => {
      expect(end.shape).toEqual([3, 64 * lanes])
      expect(mean.shape).toEqual([3 * lanes])
      expect([...mean.data]).toEqual(apart.flatMap((lane) => [...lane.mean.data]))
      expect([...end.data.subarray(0, 64 * lanes)]).toEqual(apart.flatMap((lane) => [...lane.end.data.subarray(0, 64)]))
    })
    program.dispose()
  })

  test('answers in the order of the calls', async () => {
    const program = await compile('walk', walkFrom(0), walk, { executor })
    const order: number[] = []
    await Promise.all([400, 1, 100].map((steps, i) => program.run([walkFrom(0, steps)]).then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2])
    program.dispose()
  })

  test('reads shared memory anew in each call', async () => {
    const program = await compile('negate', new Spec('float32', [1000]), negate, { executor })
    const input = sharedFloats([1000])
    for (const value of [1, 2]) {
      input.data.fill(value)
      const [out] = await program.run<HostArray>([input])
      expect(out?.data).toEqual(new Float32Array(1000).fill(-value))
    }
    program.dispose()
  })

  test('an error of TensorFlow has its code, and names the program', async () => {
    // A gradient that XLA has no op for.
    const enlarge = (x: Tensor4D): Tensor => valueAndGrad((image: Tensor4D) => tf.square(tf.image.resizeNearestNeighbor(image, [5, 5])), x).grad
    const program = await compile('my program', new Spec('float32', [1, 3, 3, 1]), enlarge, { executor })
    await expect(program.run([floats([1, 3, 3, 1])])).rejects.toMatchObject({
      name: 'HeatbathError', code: 'engine_run_failed', message: expect.stringMatching(/^my program failed in TensorFlow: /), hint: expect.stringMatching(/op/),
    })
    program.dispose()
  })

  test.each<[what: string, lanes: readonly unknown[], words: string]>([
    ['another shape', [floats([5])], 'input 0 is float32[5], not float32[4]'],
    ['another dtype', [int32([4], new Int32Array(4))], 'input 0 is int32[4], not float32[4]'],
    ['too many arrays', [[floats([4]), floats([4])]], 'it takes 1 arrays and got 2'],
    ['too many lanes', [floats([4]), floats([4])], 'it has 1 lanes and got inputs for 2'],
  ])('refuses inputs of %s, and goes on', async (_, lanes, words) => {
    const program = await compile('my program', new Spec('float32', [4]), negate, { executor })
    await expect(program.run(lanes)).rejects.toMatchObject({ code: 'engine_run_failed', message: `my program failed in TensorFlow: ${words}` })
    expect(await program.run([floats([4])])).toHaveLength(1)
    program.dispose()
  })

  test('loads no program with an op that is not in the table', async () => {
    const program: Program = {
      name: 'from elsewhere', inputs: [], captures: [], is_compiled: false, outputs: [{ dtype: 'float32', shape: [] }],
      functions: [{ name: 'main', args: [], nodes: [{ name: 'n', op: 'ReadFile', inputs: [], attributes: {} }], results: [{ name: 'y0', dtype: 'float32', ref: 'n:contents:0' }] }],
    }
    await expect(executor.load(program, { lanes: 1, join: [] })).rejects.toMatchObject({ code: 'engine_unknown_op', message: expect.stringMatching(/ReadFile.*from elsewhere/) })
  })
})

test('a worker and the calling thread give the same bits', async () => {
  const outs = await Promise.all(Object.values(shared).map(async (executor) => {
    const program = await compile('walk', walkFrom(0), walk, { executor, lanes: 2 })
    const out = await program.run<Walked>([walkFrom(1, 500), walkFrom(2, 500)])
    program.dispose()
    return out.map(({ end }) => bits(end))
  }))
  expect(outs[0]).toEqual(outs[1])
})

describe('the eager executor', () => {
  test('keeps, reads and releases arrays', async () => {
    const executor = eagerExecutor()
    const kept = await executor.keep([floats([3]), scalarFloat(2)])
    expect(await executor.read(kept)).toEqual([floats([3]), scalarFloat(2)])
    executor.release(kept)
    executor.release(kept)
    await expect(executor.read(kept)).rejects.toThrow(/was released/)
  })

  test('runs a function with lanes, joins and kept arrays as the others do', async () => {
    const executor = eagerExecutor()
    const join = (): number => 0
    const f = ({ x, k }: { x: Tensor; k: Tensor }): unknown => ({ sum: tf.add(x, k), all: tf.neg(x) })
    const [kept] = await executor.keep([float32([2], Float32Array.of(1, 1))])
    const inputs = [0, 1].map((i) => ({ x: float32([2], Float32Array.of(i, 2 * i)), k: kept }))
    const program = await compile('eager', inputs[0], f, { executor, lanes: 2, join })
    const out = await program.run<{ sum: DeviceArray; all: HostArray }>(inputs, { sum: 'keep', all: 'join' })
    expect(out.map(({ all }) => [...all.data])).toEqual([[-0, -0, -1, -2], [-0, -0, -1, -2]])
    expect((await executor.read(out.map(({ sum }) => sum))).map(({ data }) => [...data])).toEqual([[1, 1], [2, 3]])
  })

  test('leaves no tensors behind', async () => {
    const program = await compile('walk', walkFrom(0), walk, { executor: eagerExecutor() })
    const before = tf.memory().numTensors
    await program.run([walkFrom(1, 3)])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('loads no programs', async () => {
    await expect(eagerExecutor().load({} as Program, { lanes: 1, join: [] })).rejects.toMatchObject({ code: 'engine_unavailable' })
  })
})

