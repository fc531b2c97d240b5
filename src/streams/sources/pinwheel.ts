/**
 * Gaussian arms, bent into a pinwheel.
 *
 *   c R(2πk/n + b e^u) (u, v),   u ~ N(1, a²), v ~ N(0, t²), k uniform in 0 … n−1
 *
 * R(φ) turns by the angle φ: the farther out, the further. E|x|² = c² (1 + a² + t²).
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  arms: z.int().positive().max(1000).default(5).meta({ description: 'n: number of arms.' }),
  radius: z.number().positive().default(2).meta({ description: 'c: distance of the middle of an arm from the origin.' }),
  radial_sd: z.number().nonnegative().default(0.3).meta({ description: 'a: standard deviation along an arm, in parts of the radius.' }),
  tangential_sd: z.number().nonnegative().default(0.1).meta({ description: 't: standard deviation across an arm, in parts of the radius.' }),
  bend: z.number().default(0.25).meta({ description: 'b: how far the arms are bent.' }),
})

export const pinwheel = defineSource({
  name: 'pinwheel',
  summary: 'Points on the bent arms of a pinwheel.',
  config: Config,
  example: 'source: { pinwheel: { rows: 10000, arms: 5 } }',
  reference: 'Johnson et al. 2016, https://arxiv.org/abs/1603.06277',
  open: ({ arms, radius, radial_sd, tangential_sd, bend, ...generated }, context) => pointsInPlane('pinwheel', generated, context, (draws, row) => {
    const [xi0, xi1] = draws.normals(row, 1)
    const [u, v] = [radius * (1 + radial_sd * xi0), radius * tangential_sd * xi1]
    const angle = (2 * Math.PI * draws.below(arms, row, 0)) / arms + bend * Math.exp(u / radius)
    return [u * Math.cos(angle) - v * Math.sin(angle), u * Math.sin(angle) + v * Math.cos(angle)]
  }),
})
