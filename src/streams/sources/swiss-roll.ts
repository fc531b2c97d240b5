/**
 * A spiral of one and a half turns: the Swiss roll, seen from its end.
 *
 *   r t/(9π/2) (cos t, sin t) + s ξ,   t uniform in (3π/2, 9π/2), ξ ~ N(0, I)
 *
 * Mean (4r/(9π), 4r/(27π²)); E|x|² = 13/27 r² + 2s².
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  radius: z.number().positive().default(4).meta({ description: 'r: distance of the outer end from the origin.' }),
  noise: z.number().nonnegative().default(0.1).meta({ description: 's: standard deviation around the spiral.' }),
})

const END = 4.5 * Math.PI

export const swissRoll = defineSource({
  name: 'swiss_roll',
  summary: 'Points on a spiral of one and a half turns, with noise.',
  config: Config,
  example: 'source: { swiss_roll: { rows: 10000, noise: 0.1 } }',
  reference: 'Pedregosa et al. 2011, https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_swiss_roll.html',
  open: ({ radius, noise, ...generated }, context) => pointsInPlane('swiss_roll', generated, context, (draws, row) => {
    const t = (END / 3) * (1 + 2 * draws.uniform(row, 0))
    const [xi0, xi1] = draws.normals(row, 1)
    return [radius * (t / END) * Math.cos(t) + noise * xi0, radius * (t / END) * Math.sin(t) + noise * xi1]
  }),
})
