/** Threefry2x32 against Random123, on the host and in the graph. */
import { describe, expect, test } from 'vitest'
import { recording, type HostArray } from '../../../src/engine/index.ts'
import { bind, refOf, type Recording } from '../../../src/engine/record.ts'
import { graphWords } from '../../../src/engine/rng/graph-words.ts'
import { DERIVE_ROUNDS, DRAW_ROUNDS, hostWords, threefry2x32 } from '../../../src/engine/rng/threefry.ts'
import type { Tensor } from '../../../src/engine/tf.ts'
import { needs } from '../../needs.ts'
import { compiled } from '../both.ts'
import { ints } from '../numbers.ts'

/** Rounds, counter, key, result. Source: tests/kat_vectors of Random123 1.14: zeros, ones, and digits of π. */
const KNOWN_ANSWERS = [
  [13, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x9d1c5ec6, 0x8bd50731],
  [13, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xfd36d048, 0x2d17272c],
  [13, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xba3e4725, 0xf27d669e],
  [20, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe],
  [20, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [20, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
  [32, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0xcee3d47e, 0xa23dfd5c],
  [32, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x6e2fe0d0, 0xb1b76f82],
] as const

interface Words {
  readonly key: readonly [HostArray, HostArray]
  readonly counter: readonly [HostArray, HostArray]
}

/** The generator in the graph, on int32 arrays of one shape. */
const inGraph = (rounds: number, words: Words): Promise<[HostArray, HostArray]> => compiled(({ key, counter }: { key: [Tensor, Tensor]; counter: [Tensor, Tensor] }) => {
  const into = recording() as Recording
  const w = graphWords(into.builder)
  const pair = (ts: [Tensor, Tensor]): [string, string] => ts.map((t) => w.cast(refOf(t, into), 'int32', 'uint32')) as [string, string]
  return threefry2x32(w, pair(key), pair(counter), rounds).map((ref) => bind(into, w.cast(ref, 'uint32', 'int32'), { dtype: 'int32', shape: key[0].shape }))
}, words)

test('keys are derived by 20 rounds, numbers drawn by 13', () => {
  expect([DERIVE_ROUNDS, DRAW_ROUNDS]).toEqual([20, 13])
})

test.each(KNOWN_ANSWERS)('%i rounds on the host give Random123\'s known answer (%i, %i; %i, %i)', (rounds, c0, c1, k0, k1, r0, r1) => {
  expect(threefry2x32(hostWords, [k0 | 0, k1 | 0], [c0 | 0, c1 | 0], rounds).map((word) => word >>> 0)).toEqual([r0, r1])
})

describe('in the graph', () => {
  needs('tensorflow')

  test.each([DRAW_ROUNDS, DERIVE_ROUNDS])('%i rounds give the bits of the host, over 100 000 keys and counters', async (rounds) => {
    const n = 100_000
    const word = (seed: number): HostArray<'int32'> => ints([n], -(2 ** 31), 2 ** 31, seed)
    const [k0, k1, c0, c1] = [word(1), word(2), word(3), word(4)] as const
    const [w0, w1] = await inGraph(rounds, { key: [k0, k1], counter: [c0, c1] })
    const expected = Array.from(k0.data, (_, i) => threefry2x32(hostWords, [k0.data[i] as number, k1.data[i] as number], [c0.data[i] as number, c1.data[i] as number], rounds))
    expect(Buffer.compare(bytes(w0.data), bytes(Int32Array.from(expected, (pair) => pair[0])))).toBe(0)
    expect(Buffer.compare(bytes(w1.data), bytes(Int32Array.from(expected, (pair) => pair[1])))).toBe(0)
  })
})

const bytes = (data: HostArray['data']): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
