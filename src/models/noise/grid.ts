/** Where samplers stop on the way from the largest noise to the smallest, of noise in continuous time. */
import { z } from 'zod'

/** A field: how many levels samplers go through. */
export const numLevels = z.int().min(2).default(18).meta({ description: 'Levels that samplers go through; training draws from the whole range.' })

/** `count` levels at equal distances of u in [0, 1], σ falling with u. */
export const levelsAlong = (count: number, sigma: (u: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => sigma(i / (count - 1)))
