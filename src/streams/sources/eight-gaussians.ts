/**
 * Eight equal Gaussians on a circle: the data that `ring_of_gaussians` is the energy of.
 *
 *   r (cos 2πk/8, sin 2πk/8) + s ξ,   k uniform in 0..7,   ξ ~ N(0, I)
 *
 * Mean 0, variance r²/2 + s² in each coordinate.
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  radius: z.number().positive().default(4).meta({ description: 'r: radius of the circle.' }),
  scale: z.number().nonnegative().default(0.5).meta({ description: 's: standard deviation of each Gaussian.' }),
})

export const eightGaussians = defineSource({
  name: 'eight_gaussians',
  summary: 'Points from eight equal Gaussians on a circle.',
  config: Config,
  example: 'source: { eight_gaussians: { rows: 10000, scale: 0.5 } }',
  reference: 'Che et al. 2017, https://arxiv.org/abs/1612.02136',
  open: ({ radius, scale, ...generated }, context) => pointsInPlane('eight_gaussians', generated, context, (draws, row) => {
    const angle = (2 * Math.PI * draws.below(8, row, 0)) / 8
    const [xi0, xi1] = draws.normals(row, 1)
    return [radius * Math.cos(angle) + scale * xi0, radius * Math.sin(angle) + scale * xi1]
  }),
})
