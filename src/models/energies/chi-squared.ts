/**
 * Chi-squared distribution, in each coordinate: a gamma distribution of shape ν/2 and scale 2.
 *
 *   E(x) = Σ_i [ x_i/2 − (ν/2 − 1) log x_i ],   x_i > 0
 *
 * At temperature 1: mean ν, variance 2ν.
 */
import { z } from 'zod'
import { defineEnergy } from './contract.ts'
import { gammaEnergy } from './gamma.ts'

const Config = z.strictObject({
  dim: z.int().positive().default(1).meta({ description: 'Number of coordinates.' }),
  degrees: z.number().positive().default(4).meta({ description: 'ν: degrees of freedom.' }),
})

export const chiSquared = defineEnergy({
  name: 'chi_squared',
  summary: 'Chi-squared-distributed coordinates.',
  config: Config,
  example: 'energy: { chi_squared: { degrees: 4 } }',
  reference: 'Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, chapter 18',
  make: ({ dim, degrees }) => gammaEnergy(dim, degrees / 2, 2),
})
