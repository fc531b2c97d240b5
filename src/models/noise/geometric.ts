/**
 * Geometric noise levels.
 *
 *   σ_l = σ_1 (σ_L/σ_1)^((l−1)/(L−1)),   one level per row, uniform
 *
 * Left to the data (Song & Ermon 2020): σ_1 is the largest distance between two rows, σ_L three
 * hundredths of the data's standard deviation (.01 for images in [0, 1]), and the ratio γ of
 * neighbours makes neighbouring levels overlap: Φ(√(2d)(γ−1)+3γ) − Φ(√(2d)(γ−1)−3γ) = ½, at most 2.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { integers, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import type { DataSummary } from '../data-summary.ts'
import { defineNoise, type Noise } from './contract.ts'
import { endsOf, falls, range, resolvedRange } from './range.ts'

const Config = z.strictObject({
  ...range,
  levels: z.union([z.int().min(2), z.literal('auto')]).default('auto').meta({ description: 'L; auto: as many as make neighbouring levels overlap by half.' }),
}).refine(falls, { message: 'smallest lies below largest' })

export const geometric = defineNoise({
  name: 'geometric',
  summary: 'Noise levels in geometric progression, one drawn for each row.',
  config: Config,
  example: 'noise: { geometric: { largest: 8, smallest: 0.02, levels: 18 } }',
  reference: 'Song & Ermon 2020, https://arxiv.org/abs/2006.09011',
  make: (config) => ({
    get levels() {
      return levelsOf(config)
    },
    draw(key: Key, rows: number): Tensor1D {
      const levels = levelsOf(config)
      return tf.gather(tf.tensor1d([...levels]), integers(key, [rows], levels.length) as Tensor1D)
    },
    resolve: (data): Declared<Noise> => geometric(resolve(config, data)),
  }),
})

function levelsOf({ levels, ...ends }: z.output<typeof Config>): number[] {
  if (levels === 'auto') throw fail('config_unresolved', { unit: 'geometric' })
  const [largest, smallest] = endsOf('geometric', ends)
  return Array.from({ length: levels }, (_, i) => largest * (smallest / largest) ** (i / (levels - 1)))
}

function resolve({ levels, ...ends }: z.output<typeof Config>, data: DataSummary): z.output<typeof Config> {
  const { largest, smallest } = resolvedRange(ends, data)
  const overlapping = Math.max(2, 1 + Math.ceil(Math.log(largest / smallest) / Math.log(overlapRatio(data.dim))))
  return { largest, smallest, levels: levels === 'auto' ? overlapping : levels }
}

/** γ for data of dimension d: at most 2, which also stands where there is no root (d ≤ 4). */
export function overlapRatio(dim: number): number {
  const overlap = (gamma: number): number => {
    const shift = Math.sqrt(2 * dim) * (gamma - 1)
    return normalCdf(shift + 3 * gamma) - normalCdf(shift - 3 * gamma)
  }
  if (overlap(2) > 0.5) return 2
  let [low, high] = [1, 2] // overlap falls from Φ(3) − Φ(−3) at γ = 1
  while (high - low > 1e-12) {
    const middle = (low + high) / 2
    if (overlap(middle) > 0.5) low = middle
    else high = middle
  }
  return low
}

/** Φ, by Abramowitz & Stegun 7.1.26: absolute error below 1.5e-7. */
function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2)
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const tail = 0.5 * polynomial * Math.exp((-x * x) / 2)
  return x > 0 ? 1 - tail : tail
}
