/** The key tree: golden values, so that no stream ever changes unnoticed, and independence of its branches. */
import { describe, expect, test } from 'vitest'
import { fold, keyAt, loop, normal, record, scalarInt, Spec, split, streamKey, uniform, writeRow, type HostArray, type Key, type WordPair } from '../../../src/engine/index.ts'
import { coordinateKeys } from '../../../src/engine/rng/key.ts'
import { tf, type Scalar, type Tensor1D } from '../../../src/engine/tf.ts'
import { hostDraws } from '../../../src/models/nets/host-draws.ts'
import { needs } from '../../needs.ts'
import { compiled, eagerly } from '../both.ts'

/** The key of words (1, 2) at a step, for lanes 0 to n. */
const keyOf = (words: WordPair, step: Scalar, n = 4): Key => keyAt(words, tf.range(0, n, 1, 'int32') as Tensor1D, step)
const AT_5 = { words: [scalarInt(1), scalarInt(2)], step: scalarInt(5) }
type At = { readonly words: WordPair; readonly step: Scalar }

/** Two splits, folds of 0 and 1, and the first coordinate of the key (1, 2). */
const GOLDEN_WORDS = [[629003988, 1317161160], [-1924723521, 171891194], [-166453775, -1949045696], [-457135583, -352307439], [2052595727, 1880214352]]
const GOLDEN_UNIFORMS = [0.7129989266395569, 0.23675388097763062, 0.49059611558914185, 0.7454978823661804, 0.6633780598640442, 0.03034299612045288, 0.5960595011711121, 0.521859347820282]
const GOLDEN_NORMALS = [-0.8642736673355103, 0.48344510793685913, 0.01723271794617176, -0.5032252073287964, -1.6473028659820557, 0.23959822952747345, -0.43695926666259766, -0.1447107046842575]

test.each([
  [0, 'particles/steps', [-506990126, -681746093]],
  [7, 'particles/steps', [703344641, -252173860]],
  [0, 'particles/start', [-242978333, -1071719191]],
  [2 ** 53 - 1, 'training/perturb', [-1816690110, 680879070]],
  [-1, 'x', [1086119496, 1107111888]],
])('the key of seed %d and stream %s stays what it is', (seed, stream, words) => {
  expect(streamKey(seed, stream)).toEqual(words)
})

test('100 000 seeds and streams have as many keys', () => {
  const keys = new Set<string>()
  for (let seed = 0; seed < 1000; seed++) for (let stream = 0; stream < 100; stream++) keys.add(streamKey(seed, `s${stream}`).join())
  expect(keys.size).toBe(100_000)
})

test('seeds that differ above 32 bits have different keys', () => {
  expect(streamKey(1, 's')).not.toEqual(streamKey(1 + 2 ** 32, 's'))
})

test('the first numbers that nets start from stay what they are', () => {
  const draws = hostDraws(3, 'digits')
  expect([...draws.normal([4], 2).data, ...draws.normal([2], 1).data]).toEqual(
    [5.9791436195373535, -0.17400772869586945, -1.581673502922058, -1.9340553283691406, 1.595194697380066, 0.22234047949314117])
})

describe.each([['compiled', compiled], ['eager', eagerly]])('%s,', (_, run) => {
  needs('tensorflow')

  test('derived keys stay what they are', async () => {
    const words = (tree: unknown): number[] => (tree as HostArray[]).map(({ data }) => data[0] as number)
    const out = await run<HostArray[][]>(({ words: at, step }: At) => {
      const [first, second] = split(keyOf(at, step), 2) as [Key, Key]
      return [first.words, second.words, fold(keyOf(at, step), tf.scalar(0, 'int32')).words, fold(keyOf(at, step), tf.scalar(1, 'int32')).words, coordinateKeys(at, 1)]
    }, AT_5)
    expect(out.map(words)).toEqual(GOLDEN_WORDS)
  })

  test('draws stay what they are', async () => {
    const out = await run<HostArray[]>(({ words, step }: At) => [uniform(keyOf(words, step), [2, 4]), normal(keyOf(words, step), [2, 4])], AT_5)
    expect([...(out[0] as HostArray).data]).toEqual(GOLDEN_UNIFORMS.map(Math.fround))
    ;(out[1] as HostArray).data.forEach((value, i) => expect(value).toBeCloseTo(GOLDEN_NORMALS[i] as number, 4))
  })

  test('splitting, folding, coordinates and the parent never meet', async () => {
    const out = await run<HostArray[]>(({ words, step }: At) => {
      const key = keyOf(words, step)
      const index = (i: number): Scalar => tf.scalar(i, 'int32')
      const keys = [key, ...split(key, 20), ...Array.from({ length: 20 }, (__, i) => fold(key, index(i))), ...split(split(key, 1)[0] as Key, 5), ...split(fold(key, index(1)), 5)]
      return [...keys.flatMap((k) => k.words), ...coordinateKeys(words, 50)]
    }, AT_5)
    const pairs = new Set<string>()
    let number = 0
    for (let i = 0; i < out.length; i += 2) {
      out[i]?.data.forEach((word, j) => {
        pairs.add(`${word} ${(out[i + 1] as HostArray).data[j]}`)
        number++
      })
    }
    expect(pairs.size).toBe(number)
  })

  test('splitting into more keys changes none of the first', async () => {
    const out = await run<HostArray[][]>(({ words, step }: At) => [split(keyOf(words, step), 2), split(keyOf(words, step), 5).slice(0, 2)].map((keys) => keys.flatMap((k) => k.words)), AT_5)
    expect(out[0]).toEqual(out[1])
  })
})

describe('in a loop', () => {
  needs('tensorflow')

  test('keys that it does not change are derived before it', () => {
    const { program } = record<At>('hoisted', { words: [new Spec('int32', []), new Spec('int32', [])], step: new Spec('int32', []) }, ({ words, step }) =>
      loop({ to: step, state: tf.zeros([3, 4]) }, (s, i) => {
        const [a, b] = split(keyOf(words, i), 2) as [Key, Key]
        return tf.add(s, tf.add(normal(a, [3, 4]), normal(fold(b, tf.scalar(1, 'int32')), [3, 4])))
      }))
    const rounds = (name: string): number => program.functions.find((f) => f.name === name)?.nodes.filter(({ op }) => op === 'BitwiseXor').length ?? 0
    expect(rounds('loop0_body')).toBeLessThan(2 * 13 + 10) // two draws, and the schedules of their keys
    expect(rounds('main')).toBeGreaterThan(5 * 20)
  })

  test('a key folded with its index is another one each time', async () => {
    const n = 6
    const out = await compiled<HostArray>(({ words, step }: At) => loop({ to: n, state: tf.zeros([n], 'int32') }, (s, i) =>
      writeRow(s, fold(keyOf(words, step), i).words[0], i) as Tensor1D), AT_5)
    expect([...out.data].slice(0, 2)).toEqual([GOLDEN_WORDS[2]?.[0], GOLDEN_WORDS[3]?.[0]])
    expect(new Set(out.data).size).toBe(n)
  })
})
