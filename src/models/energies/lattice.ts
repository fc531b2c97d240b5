/**
 * Sites on a ring or a torus, for energies of spins: each site has two neighbours along each axis.
 *
 * Sites are numbered row by row. Their classes are a colouring, so that neighbours are never of one
 * class: two along axes of even extents, else three (the sum of the axes' colours, modulo their number).
 * Shapes: x [dim, chains].
 */
import { z } from 'zod'
import { tf, type Tensor2D } from '../../engine/tf.ts'

/** Below three sites a bond would be there twice. */
export const Sites = z.array(z.int().min(3)).min(1).max(2).default([10])
  .meta({ description: 'Number of sites along each axis: [10] is a ring of ten, [8, 8] a torus.' })

export interface Lattice {
  readonly dim: number
  readonly classes: readonly number[]
  /** For each axis, the next site's value at each site: the bonds, each once. */
  next(x: Tensor2D): Tensor2D[]
  /** The values of all neighbours at each site. */
  around(x: Tensor2D): Tensor2D[]
}

export function lattice(sites: readonly number[]): Lattice {
  const dim = sites.reduce((product, extent) => product * extent, 1)
  const strides = sites.map((_, axis) => sites.slice(axis + 1).reduce((product, extent) => product * extent, 1))
  const shifted = (x: Tensor2D, axis: number, by: 1 | -1): Tensor2D => {
    const [extent, stride] = [sites[axis] as number, strides[axis] as number]
    const rows = tf.reshape(x, [dim / (extent * stride), extent, stride, x.shape[1]])
    const at = by === 1 ? 1 : extent - 1
    const [before, after] = tf.split(rows, [at, extent - at], 1)
    return tf.reshape(tf.concat([after as typeof rows, before as typeof rows], 1), x.shape)
  }
  const colours = sites.some((extent) => extent % 2 === 1) ? 3 : 2
  const place = (site: number, axis: number): number => Math.floor(site / (strides[axis] as number)) % (sites[axis] as number)
  const colour = (at: number, extent: number): number => (at === extent - 1 && extent % 2 === 1 ? 2 : at % 2)
  return {
    dim,
    classes: Array.from({ length: dim }, (_, site) => sites.reduce((sum, extent, axis) => sum + colour(place(site, axis), extent), 0) % colours),
    next: (x) => sites.map((_, axis) => shifted(x, axis, 1)),
    around: (x) => sites.flatMap((_, axis) => [shifted(x, axis, 1), shifted(x, axis, -1)]),
  }
}
