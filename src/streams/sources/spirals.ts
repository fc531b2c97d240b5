/**
 * Interleaved spirals that begin at the origin.
 *
 *   r √w (cos φ, sin φ) + s ξ,   φ = 2π (m √w + k/n), w uniform in (0, 1), k uniform in 0 … n−1, ξ ~ N(0, I)
 *
 * m turns each. E|x|² = r²/2 + 2s²; with more than one arm the mean is 0.
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  arms: z.int().positive().max(1000).default(2).meta({ description: 'n: number of spirals.' }),
  turns: z.number().positive().default(1.5).meta({ description: 'm: turns of each spiral.' }),
  radius: z.number().positive().default(4).meta({ description: 'r: distance of the outer ends from the origin.' }),
  noise: z.number().nonnegative().default(0.1).meta({ description: 's: standard deviation around the spirals.' }),
})

export const spirals = defineSource({
  name: 'spirals',
  summary: 'Points on interleaved spirals, with noise.',
  config: Config,
  example: 'source: { spirals: { rows: 10000, noise: 0.1 } }',
  reference: 'Grathwohl et al. 2019, https://arxiv.org/abs/1810.01367',
  open: ({ arms, turns, radius, noise, ...generated }, context) => pointsInPlane('spirals', generated, context, (draws, row) => {
    const out = Math.sqrt(draws.uniform(row, 0))
    const angle = 2 * Math.PI * (turns * out + draws.below(arms, row, 1) / arms)
    const [xi0, xi1] = draws.normals(row, 2)
    return [radius * out * Math.cos(angle) + noise * xi0, radius * out * Math.sin(angle) + noise * xi1]
  }),
})
