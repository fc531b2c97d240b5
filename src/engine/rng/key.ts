/**
 * The key tree: where each random number of a run comes from.
 *
 * A key is 64 bits, derived by Threefry2x32-20 from its parent: seed → stream → call site →
 * coordinate. Numbers are drawn at a counter: (chain or row, step). So a draw is a pure function of
 * where it stands, and no generator state is carried along.
 */
import { createHash } from 'node:crypto'
import { bind, hoisted, recording, refOf } from '../record.ts'
import { tf, type Scalar, type Tensor, type Tensor1D } from '../tf.ts'
import { graphWords } from './graph-words.ts'
import { DERIVE_ROUNDS, hostWords, threefry2x32 } from './threefry.ts'

/** Two int32 tensors of one shape, as 64 bits per element. */
export type WordPair = readonly [Tensor, Tensor]

/** A key together with the counters at which it is drawn. */
export interface Key {
  /** int32 []: the 64 bits. */
  readonly words: WordPair
  /** int32 [n]: one counter for each chain, or each row of a batch. */
  readonly lanes: Tensor1D
  /** int32 []: the number of the step, from 0. */
  readonly step: Scalar
  /** int32 []: step >> 1. A normal pair is spread over two consecutive steps. */
  readonly pair: Scalar
  /** step & 1: known where a loop body holds both steps, else an int32 []. */
  readonly parity: 0 | 1 | Scalar
}

/** What a derived key is for: the second counter word of its derivation. */
const PURPOSE = { stream: 0, split: 1, fold: 2, coordinate: 3 } as const

/** The words of a named stream's key under a seed (an integer below 2^53). */
export function streamKey(seed: number, stream: string): readonly [number, number] {
  const name = createHash('sha256').update(stream).digest()
  const root = [seed | 0, Math.floor(seed / 2 ** 32) | 0] as const
  const named = threefry2x32(hostWords, root, [name.readInt32LE(0), name.readInt32LE(4)], DERIVE_ROUNDS)
  return threefry2x32(hostWords, named, [0, PURPOSE.stream], DERIVE_ROUNDS)
}

/** A key drawn at a step given as a number or an int32 [], for lanes int32 [n]. */
export function keyAt(words: WordPair, lanes: Tensor1D, step: Scalar): Key {
  const pair = tf.floorDiv<Scalar>(step, tf.scalar(2, 'int32'))
  return { words, lanes, step, pair, parity: tf.sub<Scalar>(step, tf.mul(pair, tf.scalar(2, 'int32'))) }
}

/** A key drawn at the first or second step of a pair, where a loop body holds both. */
export function keyInPair(words: WordPair, lanes: Tensor1D, pair: Scalar, parity: 0 | 1): Key {
  return { words, lanes, step: tf.add<Scalar>(tf.mul(pair, tf.scalar(2, 'int32')), tf.scalar(parity, 'int32')), pair, parity }
}

/** `n` independent keys, one for each call site that draws. */
export function split(key: Key, n: number): Key[] {
  return Array.from({ length: n }, (_, i) => ({ ...key, words: derive(key.words, tf.scalar(i, 'int32'), PURPOSE.split) }))
}

/** Two independent keys of one call site, whose draws share their words: half the work, for uniform numbers. Draw from the key itself no more. */
export function twins(key: Key): readonly [Key, Key] {
  return [{ ...key, pair: key.step, parity: 0 }, { ...key, pair: key.step, parity: 1 }]
}

/** The key of an iteration inside a step; `index` is an int32 []. */
export function fold(key: Key, index: Scalar): Key {
  return { ...key, words: derive(key.words, index, PURPOSE.fold) }
}

/** One key per coordinate: int32 [size] each. */
export function coordinateKeys(words: WordPair, size: number): WordPair {
  return derive(words, tf.tensor1d(Int32Array.from({ length: size }, (_, i) => i), 'int32'), PURPOSE.coordinate)
}

/** Keys for the values of an int32 tensor, computed outside every loop that does not change them. */
function derive(words: WordPair, values: Tensor, purpose: number): WordPair {
  return hoisted([...words, values], () => {
    const into = recording()
    if (into === undefined) return deriveOnHost(words, values, purpose)
    const w = graphWords(into.builder)
    const word = (t: Tensor): string => w.cast(refOf(t, into), 'int32', 'uint32')
    const out = threefry2x32(w, [word(words[0]), word(words[1])], [word(values), w.constant(purpose)], DERIVE_ROUNDS)
    const tensor = (ref: string): Tensor => bind(into, w.cast(ref, 'uint32', 'int32'), { dtype: 'int32', shape: values.shape })
    return [tensor(out[0]), tensor(out[1])]
  })
}

function deriveOnHost(words: WordPair, values: Tensor, purpose: number): WordPair {
  const key = [words[0].dataSync()[0] as number, words[1].dataSync()[0] as number] as const
  const pairs = Array.from(values.dataSync(), (value) => threefry2x32(hostWords, key, [value, purpose], DERIVE_ROUNDS))
  return [tf.tensor(pairs.map((p) => p[0]), values.shape, 'int32'), tf.tensor(pairs.map((p) => p[1]), values.shape, 'int32')]
}
