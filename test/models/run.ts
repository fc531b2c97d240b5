/** One compiled call of a function of tensors, on numbers. */
import { float32, type HostArray } from '../../src/engine/index.ts'
import type { Tensor2D } from '../../src/engine/tf.ts'
import { compiled } from '../engine/both.ts'

/** Points given by coordinates, one array per point, as the columns [dim, points] that samplers use. */
export function columns(points: readonly (readonly number[])[]): HostArray<'float32'> {
  const dim = points[0]?.length ?? 0
  return float32([dim, points.length], Float32Array.from({ length: dim * points.length }, (_, i) => points[i % points.length]?.[Math.floor(i / points.length)] as number))
}

/** The columns of an array [dim, points], one array per point. */
export function pointsOf({ shape: [dim = 1, n = 1], data }: HostArray): number[][] {
  return Array.from({ length: n }, (_, j) => Array.from({ length: dim }, (__, i) => data[i * n + j] as number))
}

/** What `f` gives for points. */
export const atPoints = <Out = HostArray>(f: (x: Tensor2D) => unknown, points: readonly (readonly number[])[]): Promise<Out> => compiled<Out>(f, columns(points))
