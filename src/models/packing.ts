/**
 * Parameters packed for training: large arrays as they are, all small ones in one vector.
 *
 * A step of training makes a handful of passes over every array of the parameters, and each pass
 * costs a microsecond or more however small the array is: biases would cost as much as weights.
 */
import { float32, leaves, rebuild, sizeOf, tf, type ArraySpec, type HostArray } from '../engine/index.ts'
import type { Tensor, Tensor1D } from '../engine/tf.ts'

/** Of tensors, or of arrays. */
export interface Packed<Leaf> {
  readonly large: readonly Leaf[]
  /** One vector; absent if no array is small. */
  readonly small?: Leaf
}

const MAX_SMALL = 8192

const isSmall = ({ shape }: { readonly shape: readonly number[] }): boolean => sizeOf(shape) <= MAX_SMALL

/** Packs a tree of tensors. */
export const packTensors = (tree: unknown): Packed<Tensor> => pack(leaves<Tensor>(tree), (small) => tf.concat(small.map((t) => t.reshape([-1]))))

/** Packs a tree of float32 host arrays. */
export const packArrays = (tree: unknown): Packed<HostArray> =>
  pack(leaves<HostArray>(tree), (small) => float32([small.reduce((sum, { data }) => sum + data.length, 0)], Float32Array.from(small.flatMap(({ data }) => [...data]))))

/** The tree again, as tensors; `like` has its shapes at the leaves. */
export const unpackTensors = (like: unknown, packed: Packed<Tensor>): unknown =>
  unpack(like, packed, (small, at, { shape }) => tf.slice(small as Tensor1D, at, sizeOf(shape)).reshape([...shape]))

/** The tree again, as host arrays. */
export const unpackArrays = (like: unknown, packed: Packed<HostArray>): unknown =>
  unpack(like, packed, (small, at, { shape }) => float32(shape, (small.data as Float32Array).slice(at, at + sizeOf(shape))))

function pack<Leaf extends { readonly shape: readonly number[] }>(all: readonly Leaf[], join: (small: Leaf[]) => Leaf): Packed<Leaf> {
  const small = all.filter(isSmall)
  const large = all.filter((leaf) => !isSmall(leaf))
  return small.length === 0 ? { large } : { large, small: join(small) }
}

function unpack<Leaf>(like: unknown, { large, small }: Packed<Leaf>, cut: (small: Leaf, at: number, spec: ArraySpec) => Leaf): unknown {
  let [index, at] = [0, 0]
  return rebuild(like, leaves<ArraySpec>(like).map((spec) => {
    if (!isSmall(spec)) return large[index++]
    const part = cut(small as Leaf, at, spec)
    at += sizeOf(spec.shape)
    return part
  }))
}
