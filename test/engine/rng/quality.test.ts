/** The distribution of draws, and their independence across everything that a draw depends on. */
import { expect, test } from 'vitest'
import { fold, integers, keyAt, normal, scalarInt, signs, split, streamKey, uniform, type HostArray, type Key, type WordPair } from '../../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D } from '../../../src/engine/tf.ts'
import { needs } from '../../needs.ts'
import { correlationP, countsP, distributionP, expectAgreement, expectRejection, meanP, rateP, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { compiled } from '../both.ts'

needs('tensorflow')

/** Draws of `f` for n lanes at some steps, in one array for each step. */
function draws(n: number, steps: readonly number[], f: (key: Key) => unknown, stream = 'quality', number = seed(1)): Promise<HostArray[]> {
  return compiled(({ words, at }: { words: WordPair; at: Scalar[] }) => at.map((step) => f(keyAt(words, tf.range(0, n, 1, 'int32') as Tensor1D, step))),
    { words: streamKey(number, stream).map(scalarInt), at: steps.map(scalarInt) })
}

function count(values: ArrayLike<number>, holds: (value: number) => boolean): number {
  let number = 0
  for (let i = 0; i < values.length; i++) if (holds(values[i] as number)) number++
  return number
}

const floatsOf = ({ data }: HostArray): Float32Array => data as Float32Array

test('ten million normals have the distribution, the moments and the tails of N(0, 1)', async () => {
  const n = 2_500_000
  const parts = (await draws(n, [0, 1, 2, 3], (key) => normal(key, [n]))).map(floatsOf)
  const z = new Float32Array(4 * n)
  parts.forEach((part, i) => z.set(part, i * n))

  expectAgreement('distribution', distributionP(z, normalCdf))
  const halfNoise = z.subarray(0, 10_000).map((value) => value * 0.9)
  expectRejection('distribution, of numbers a tenth too small', distributionP(halfNoise, normalCdf))

  expectAgreement('mean', meanP(z, 0))
  expectAgreement('variance', meanP(z, 1, (v) => v * v))
  expectAgreement('skewness', meanP(z, 0, (v) => v * v * v))
  expectAgreement('kurtosis', meanP(z, 3, (v) => v * v * v * v))
  expectAgreement('sixth moment', meanP(z, 15, (v) => (v * v * v) ** 2))
  for (const limit of [2, 3, 4, 4.5]) {
    const rate = normalCdf(-limit)
    expectAgreement(`above ${limit}`, rateP(count(z, (v) => v > limit), z.length, rate))
    expectAgreement(`below ${-limit}`, rateP(count(z, (v) => v < -limit), z.length, rate))
  }
})

test('four million uniforms are uniform, and lie inside (0, 1)', async () => {
  const n = 2_000_000
  const u = new Float32Array(2 * n)
  const parts = await draws(n, [4, 5], (key) => uniform(key, [n]))
  parts.forEach((part, i) => u.set(floatsOf(part), i * n))
  expectAgreement('distribution', distributionP(u, (v) => v))
  expectRejection('distribution, bent a little', distributionP(u.map((v) => v ** 1.01), (v) => v))
  expect(u.every((v) => v > 0 && v < 1)).toBe(true)
})

test('integers and signs are equally likely', async () => {
  const n = 1_000_000
  const [dice] = await draws(n, [0], (key) => integers(key, [n], 18)) as [HostArray]
  const counts = new Array<number>(18).fill(0)
  dice.data.forEach((value) => counts[value] = (counts[value] as number) + 1)
  expectAgreement('eighteen levels', countsP(counts, counts.map(() => 1 / 18)))
  expectRejection('eighteen levels, one of them twice as often', countsP(counts.map((count, i) => (i === 0 ? 2 * count : count)), counts.map(() => 1 / 18)))
  const [coins] = await draws(n, [1], (key) => signs(key, [n])) as [HostArray]
  expectAgreement('signs', rateP(count(coins.data, (v) => v === 1), n, 0.5))
  expect(new Set(coins.data)).toEqual(new Set([-1, 1]))
})

test('normals are independent across coordinates, lanes, steps, parities, keys, streams and seeds', async () => {
  const n = 500_000
  const [even, odd, next] = (await draws(n, [6, 7, 8], (key) => normal(key, [2, n]))).map(floatsOf) as [Float32Array, Float32Array, Float32Array]
  const [splits] = await draws(n, [6], (key) => tf.concat(split(key, 2).map((k) => normal(k, [1, n])))) as [HostArray]
  const [folds] = await draws(n, [6], (key) => tf.concat([0, 1].map((i) => normal(fold(key, tf.scalar(i, 'int32')), [1, n])))) as [HostArray]
  const [stream] = (await draws(n, [6], (key) => normal(key, [n]), 'another')).map(floatsOf) as [Float32Array]
  const [otherSeed] = (await draws(n, [6], (key) => normal(key, [n]), 'quality', seed(1) + 1)).map(floatsOf) as [Float32Array]
  const half = (t: Float32Array, which: 0 | 1): Float32Array => t.subarray(which * n, (which + 1) * n)
  const own = half(even, 0)
  const lags = (lag: number): [Float32Array, Float32Array] => [own.subarray(0, n - lag), own.subarray(lag)]
  const pairs: Record<string, readonly [Float32Array, Float32Array]> = {
    'coordinates 0 and 1': [own, half(even, 1)],
    'lanes i and i + 1': lags(1),
    'lanes i and i + 2': lags(2),
    'lanes i and i + 1024': lags(1024),
    'the two steps of a pair': [own, half(odd, 0)],
    'a step and the one after its pair': [half(odd, 0), half(next, 0)],
    'a step and the second after it': [own, half(next, 0)],
    'a step and its successor in another coordinate': [own, half(odd, 1)],
    'two keys of a split': [half(floatsOf(splits), 0), half(floatsOf(splits), 1)],
    'a key and the first of its split': [own, half(floatsOf(splits), 0)],
    'two folds': [half(floatsOf(folds), 0), half(floatsOf(folds), 1)],
    'a split and a fold': [half(floatsOf(splits), 0), half(floatsOf(folds), 0)],
    'two streams': [own, stream],
    'two seeds': [own, otherSeed],
  }
  for (const [what, [a, b]] of Object.entries(pairs)) {
    expectAgreement(`${what} are uncorrelated`, correlationP(a, b))
    expectAgreement(`squares of ${what} are uncorrelated`, correlationP(a.map((v) => v * v), b.map((v) => v * v)))
  }
  expectRejection('numbers that share a part of a hundredth', correlationP(own, half(even, 1).map((v, i) => v + 0.01 * (own[i] as number))))
})
