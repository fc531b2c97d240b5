/** Loops compute compiled what they compute eagerly; and readRow and writeRow in and out of them. */
import { describe, expect, test } from 'vitest'
import { float32, HostArray, int32, leaves, loop, readRow, record, scalarFloat, scalarInt, Spec, valueAndGrad, writeRow } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { compiled, eagerly } from './both.ts'
import { floats } from './numbers.ts'

needs('tensorflow')

const int = (value: number): Scalar => tf.scalar(value, 'int32')
const numbers = (tree: unknown): number[][] => leaves<HostArray>(tree).map(({ data }) => Array.from(data))

describe.each([['eager', eagerly], ['compiled', compiled]])('a loop, %s,', (_, run) => {
  test('goes through the indices from `from` to `to`, itself excluded', async () => {
    const out = await run(() => loop({ from: 3, to: 6, state: tf.zeros([], 'int32') }, (s, i) => tf.add<Scalar>(tf.mul(s, int(10)), i)), [])
    expect(numbers(out)).toEqual([[345]])
  })

  test('takes its bounds from inputs', async () => {
    const f = ({ from, to }: { from: Scalar; to: Scalar }): unknown => loop({ from, to, state: int(0) }, (s, i) => tf.add<Scalar>(s, i))
    const sums = await Promise.all([[0, 5], [2, 4], [-2, 2]].map(async ([from, to]) => numbers(await run(f, { from: scalarInt(from as number), to: scalarInt(to as number) }))))
    expect(sums).toEqual([[[10]], [[5]], [[-2]]])
  })

  test('without iterations gives its state', async () => {
    const f = (to: Scalar): unknown => [
      loop({ to, state: { x: tf.tensor1d([1, 2]), flag: tf.scalar(true, 'bool') } }, ({ x, flag }) => ({ x: tf.neg(x), flag: tf.logicalNot(flag) })),
      loop({ from: 4, to: 4, state: int(7) }, (s) => tf.neg(s)),
      loop({ from: 5, to: 2, state: int(8) }, (s) => tf.neg(s)),
    ]
    expect(numbers(await run(f, scalarInt(0)))).toEqual([[1], [1, 2], [7], [8]])
  })

  test('keeps a state of any tree, of floats, integers and flags', async () => {
    const f = (): unknown => loop({ to: 3, state: { z: [tf.tensor1d([1, 2]), int(5)] as const, a: { flag: tf.scalar(false, 'bool'), none: null } } },
      ({ z: [x, n], a }) => ({ a: { flag: tf.logicalNot(a.flag), none: null }, z: [tf.mul(x, 2), tf.add(n, int(1))] as const }) as never)
    const out = await run<{ a: { flag: HostArray; none: null } }>(f, [])
    expect(numbers(out)).toEqual([[1], [8, 16], [8]])
    expect(out.a.none).toBeNull()
    expect(out.a.flag.dtype).toBe('bool')
  })

  test('may exchange parts of its state, and put outer values there', async () => {
    const f = (x: Tensor): unknown => loop({ to: 3, state: { a: tf.zerosLike(x), b: tf.onesLike(x), c: x } }, ({ a, b }) => ({ a: b, b: a, c: tf.neg(x) }))
    expect(numbers(await run(f, scalarFloat(4)))).toEqual([[1], [0], [-4]])
  })

  test('ends early when `until` holds, which it asks before each step', async () => {
    const f = (limit: Scalar): unknown => loop({ to: 100, state: { n: int(0) }, until: ({ n }) => tf.greaterEqual(n, limit) }, ({ n }) => ({ n: tf.add<Scalar>(n, int(3)) }))
    expect(numbers(await run(f, scalarInt(7)))).toEqual([[9]])
    expect(numbers(await run(f, scalarInt(0)))).toEqual([[0]])
    expect(numbers(await run(f, scalarInt(1000)))).toEqual([[300]])
  })

  test('holds loops that use what lies around them', async () => {
    // Σ_i Σ_j≤i (10 i + j + s)
    const f = (x: Scalar): unknown => loop({ to: 4, state: tf.zeros([], 'int32') }, (sum, i) =>
      loop({ to: tf.add<Scalar>(i, int(1)), state: sum }, (inner, j) => tf.add<Scalar>(inner, tf.add(tf.add(tf.mul(i, int(10)), j), x))))
    let sum = 0
    for (let i = 0; i < 4; i++) for (let j = 0; j <= i; j++) sum += 10 * i + j + 2
    expect(numbers(await run(f, scalarInt(2)))).toEqual([[sum]])
  })

  test('holds three loops in each other', async () => {
    const f = (): unknown => loop({ to: 2, state: int(0) }, (a, i) => loop({ to: 3, state: a }, (b, j) => loop({ to: 4, state: b }, (c, k) =>
      tf.add<Scalar>(c, tf.add(tf.mul(i, int(100)), tf.add(tf.mul(j, int(10)), k))))))
    let sum = 0
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) sum += 100 * i + 10 * j + k
    expect(numbers(await run(f, []))).toEqual([[sum]])
  })

  test('uses tensors from outside, small and large, at any depth', async () => {
    const [small, large] = [tf.tensor1d([1, 2]), tf.range(0, 1000)]
    const f = (): unknown => loop({ to: 2, state: tf.zeros([1000]) }, (s) =>
      loop({ to: 2, state: tf.add(s, large) }, (t) => tf.add(t, tf.add(tf.mul(large, tf.sum(small)), large))))
    const [out] = numbers(await run(f, []))
    tf.dispose([small, large])
    expect(out).toEqual(Array.from({ length: 1000 }, (__, i) => 2 * (i + 2 * (3 * i + i))))
  })

  test('may take gradients inside a step', async () => {
    const f = (x: Tensor1D): unknown => loop({ to: 50, state: x }, (now) => tf.sub(now, tf.mul(0.1, valueAndGrad((y: Tensor1D) => tf.sum(tf.square(tf.sub(y, 3))), now).grad)))
    const [out] = numbers(await run(f, floats([4])))
    out?.forEach((value) => expect(value).toBeCloseTo(3, 3))
  })

  test('goes through many iterations', async () => {
    const f = (to: Scalar): unknown => loop({ to, state: tf.zeros([]) }, (s) => tf.add<Scalar>(s, 1))
    expect(numbers(await run(f, scalarInt(2000)))).toEqual([[2000]])
  })
})

describe('a recorded loop', () => {
  const X = new Spec('float32', [4])

  test('takes a large tensor from outside once, however many bodies use it', () => {
    const large = tf.range(0, 1000)
    const { captures } = record<Tensor>('captures', X, (x) => loop({ to: 2, state: x }, (s) =>
      loop({ to: 2, state: tf.add(s, tf.sum(large)) }, (t) => tf.mul(t, tf.mean(large))))).program
    large.dispose()
    expect(captures).toHaveLength(1)
  })

  test.each<[what: string, leaf: string, step: (s: { a: Tensor; b: [Tensor] }) => unknown]>([
    ['another dtype', 'a was float32[4] and became int32[4]', ({ a, b }) => ({ a: tf.cast(a, 'int32'), b })],
    ['another shape', 'b.0 was float32[] and became float32[4]', ({ a }) => ({ a, b: [a] })],
    ['a leaf too few', 'as a whole was {a, b.0} and became {a}', ({ a }) => ({ a })],
    ['a leaf too many', 'as a whole was {a, b.0} and became {a, b.0, b.1}', ({ a, b }) => ({ a, b: [b[0], b[0]] })],
    ['other names', 'as a whole was {a, b.0} and became {a, c.0}', ({ a, b }) => ({ a, c: b })],
  ])('refuses a step that gives %s: the error names leaf and place', (_, words, step) => {
    const recorded = (): unknown => record<Tensor>('my program', X, (x) => loop({ to: 3, state: { a: x, b: [tf.sum(x)] as [Tensor] } }, step as never))
    expect(recorded).toThrow(expect.objectContaining({ code: 'engine_loop_state', message: expect.stringContaining(`loop state ${words}, in my program`) }))
  })

  test('refuses to be differentiated, naming the place', () => {
    const recorded = (): unknown => record<Tensor>('my program', X, (x) => valueAndGrad((y) => tf.sum(loop({ to: 3, state: y }, (s) => tf.mul(s, 2))), x))
    expect(recorded).toThrow(expect.objectContaining({ code: 'engine_loop_gradient', message: expect.stringContaining('my program') }))
  })
})

describe.each([['eager', eagerly], ['compiled', compiled]])('rows, %s:', (_, run) => {
  const BUFFER = float32([3, 2], Float32Array.of(0, 1, 10, 11, 20, 21))

  test.each([[-5, 0], [0, 0], [1, 1], [2, 2], [3, 2], [100, 2]])('index %i reads and writes row %i', async (index, row) => {
    const f = ({ buffer, at }: { buffer: Tensor2D; at: Scalar }): unknown => [readRow(buffer, at), writeRow(buffer, tf.tensor1d([7, 8]), at)]
    const [read, written] = numbers(await run(f, { buffer: BUFFER, at: scalarInt(index) }))
    expect(read).toEqual([10 * row, 10 * row + 1])
    expect(written).toEqual([...BUFFER.data].map((value, i) => (Math.floor(i / 2) === row ? 7 + (i % 2) : value)))
  })

  test('of scalars, of images, of integers and of flags', async () => {
    const f = (at: Scalar): unknown => {
      const scalars = tf.tensor1d([5, 6, 7])
      const images = tf.reshape(tf.range(0, 24, 1, 'int32'), [2, 3, 4])
      const flags = tf.tensor1d([true, false, true], 'bool')
      return [readRow(scalars, at), writeRow(scalars, tf.scalar(9), at), readRow(images, at), readRow(flags, at), writeRow(flags, tf.scalar(true, 'bool'), at)]
    }
    expect(numbers(await run(f, scalarInt(1)))).toEqual([[6], [5, 9, 7], Array.from({ length: 12 }, (__, i) => 12 + i), [0], [1, 1, 1]])
  })

  test('fill a buffer in a loop, and are read back from it', async () => {
    const f = (n: Scalar): unknown => loop({ to: n, state: tf.ones([6, 2]) }, (buffer, i) =>
      writeRow(buffer, tf.add(readRow(buffer, tf.sub<Scalar>(i, int(1))), 1), i) as Tensor2D)
    expect(numbers(await run(f, scalarInt(4)))).toEqual([[2, 2, 3, 3, 4, 4, 5, 5, 1, 1, 1, 1]])
  })
})

test('rows are read and written at an index of a recording that is itself an input of int32', async () => {
  const out = await compiled((at: Tensor1D) => readRow(tf.tensor1d([1, 2, 3]), tf.squeeze(tf.slice(at, 1, 1)) as Scalar), int32([2], Int32Array.of(0, 2)))
  expect(numbers(out)).toEqual([[3]])
})
