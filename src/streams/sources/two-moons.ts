/**
 * Two interleaved half circles.
 *
 *   (cos θ, sin θ) or (1 − cos θ, ½ − sin θ), each with probability ½, + s ξ,
 *   θ uniform in (0, π), ξ ~ N(0, I)
 *
 * Mean (½, ¼); with noise s the variance of x0 is ¾ + s², that of x1 is 9/16 − 1/π + s².
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  noise: z.number().nonnegative().default(0.1).meta({ description: 's: standard deviation around the half circles.' }),
})

export const twoMoons = defineSource({
  name: 'two_moons',
  summary: 'Points on two interleaved half circles, with noise.',
  config: Config,
  example: 'source: { two_moons: { rows: 10000, noise: 0.1 } }',
  reference: 'Pedregosa et al. 2011, https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html',
  open: ({ noise, ...generated }, context) => pointsInPlane('two_moons', generated, context, (draws, row) => {
    const theta = Math.PI * draws.uniform(row, 0)
    const is_inner = draws.below(2, row, 1) === 1
    const [xi0, xi1] = draws.normals(row, 2)
    const [x0, x1] = is_inner ? [1 - Math.cos(theta), 0.5 - Math.sin(theta)] : [Math.cos(theta), Math.sin(theta)]
    return [x0 + noise * xi0, x1 + noise * xi1]
  }),
})
