/** Recorded functions that a check calls more than once, and comparisons of what they give. */
import { expect } from 'vitest'
import {
  compile, float32, inlineExecutor, int32, keyAt, leaves, mapTree, recording, scalarInt, streamKey, type Compiled, type HostArray, type Key, type WordPair,
} from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D } from '../../src/engine/tf.ts'
import { difference, eagerly } from '../engine/both.ts'

export const executor = inlineExecutor()

export interface Ready<In, Out> {
  /** Compiled by XLA, once for all calls: the inputs have the shapes of the first ones. */
  compiled(inputs: In): Promise<Out>
  /** Op by op. */
  eager(inputs: In): Promise<Out>
}

/** `fn` gets trees of tensors in place of the arrays of `In`. */
export function ready<In, Out>(fn: (inputs: never) => unknown): Ready<In, Out> {
  let program: Promise<Compiled> | undefined
  return {
    async compiled(inputs) {
      program ??= compile('a check', inputs, fn as (inputs: unknown) => unknown, { executor })
      return (await (await program).run<Out>([inputs]))[0] as Out
    },
    eager: (inputs) => eagerly<Out>(fn, inputs),
  }
}

/** How far compiled and eager results may lie apart, over the largest value there is: rounding, and sums in another order. */
const ROUNDING = 1e-4

export async function expectSame<In, Out>({ compiled, eager }: Ready<In, Out>, inputs: In): Promise<void> {
  expect(difference(await compiled(inputs), await eager(inputs)), 'the difference of compiled and eager').toBeLessThan(ROUNDING)
}

/** A twin of what a function gives: another one when it is compiled. */
export const otherwiseCompiled = <T extends Tensor>(t: T): T => (recording() === undefined ? t : tf.mul(t, 1.5))

/** Where numbers are drawn: the words of a key, the numbers of the lanes, the step. */
export interface Place {
  readonly words: readonly [HostArray, HostArray]
  readonly lanes: HostArray
  readonly step: HostArray
}

export function placeOf(lanes: number, { seed = 1, step = 3 } = {}): Place {
  const [first, second] = streamKey(seed, 'conformance')
  return { words: [scalarInt(first), scalarInt(second)], lanes: int32([lanes], Int32Array.from({ length: lanes }, (_, i) => i)), step: scalarInt(step) }
}

/** The key of a place, inside a recorded function. */
export const keyOf = ({ words, lanes, step }: { readonly words: WordPair; readonly lanes: Tensor1D; readonly step: Scalar }): Key => keyAt(words, lanes, step)

const hex = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string => Buffer.from(buffer, byteOffset, byteLength).toString('hex')

/** The bits of all arrays of a tree. */
export const bits = (tree: unknown): string => leaves<HostArray>(tree).map(({ data }) => hex(data)).join()

/** The bits of each chain: of arrays whose last axis counts them. */
export const chainBits = (tree: unknown, chains: number): string[] =>
  Array.from({ length: chains }, (_, chain) => leaves<HostArray>(tree).map(({ data }) => hex(data.filter((__, i) => i % chains === chain))).join())

export const isFinite = (tree: unknown): boolean => leaves<HostArray>(tree).every(({ data }) => data.every(Number.isFinite))

/** The arrays of a tree with another value in one chain. */
export const withChain = <T>(tree: T, chain: number, value: number): T =>
  mapTree<T, HostArray>(({ shape, data }) => float32(shape, Float32Array.from(data, (old, i) => (i % (shape.at(-1) as number) === chain ? value : old))), tree)
