/**
 * Circles around one centre.
 *
 *   (k/n) r (cos φ, sin φ) + s ξ,   k uniform in 1 … n, φ uniform in (0, 2π), ξ ~ N(0, I)
 *
 * Mean 0; E|x|² = r² (n+1)(2n+1)/(6n²) + 2s².
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  circles: z.int().positive().max(1000).default(4).meta({ description: 'n: number of circles; each has as many points.' }),
  radius: z.number().positive().default(4).meta({ description: 'r: radius of the largest.' }),
  noise: z.number().nonnegative().default(0.1).meta({ description: 's: standard deviation around the circles.' }),
})

export const rings = defineSource({
  name: 'rings',
  summary: 'Points on concentric circles, with noise.',
  config: Config,
  example: 'source: { rings: { rows: 10000, circles: 4 } }',
  reference: 'Grathwohl et al. 2019, https://arxiv.org/abs/1810.01367',
  open: ({ circles, radius, noise, ...generated }, context) => pointsInPlane('rings', generated, context, (draws, row) => {
    const r = (radius * (1 + draws.below(circles, row, 0))) / circles
    const angle = 2 * Math.PI * draws.uniform(row, 1)
    const [xi0, xi1] = draws.normals(row, 2)
    return [r * Math.cos(angle) + noise * xi0, r * Math.sin(angle) + noise * xi1]
  }),
})
