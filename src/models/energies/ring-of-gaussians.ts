/**
 * Equal Gaussians on a circle.
 *
 *   E(x) = −log (1/K) Σ_k N(x; r (cos 2πk/K, sin 2πk/K), s² I)
 *
 * With K = 8, r = 4, s = ½, τ = 1: mass 1/8 each, mean 0, E|x|² = r² + 2 s² = 16.5, log Z = 0.
 */
import { z } from 'zod'
import { defineEnergy } from './contract.ts'
import { mixtureOf } from './gaussian-mixture.ts'

const Config = z.strictObject({
  modes: z.int().positive().default(8).meta({ description: 'K: number of Gaussians.' }),
  radius: z.number().positive().default(4).meta({ description: 'r: radius of the circle.' }),
  scale: z.number().positive().default(0.5).meta({ description: 's: standard deviation of each Gaussian.' }),
})

export const ringOfGaussians = defineEnergy({
  name: 'ring_of_gaussians',
  summary: 'Equal Gaussians on a circle in the plane.',
  config: Config,
  example: 'energy: { ring_of_gaussians: { modes: 8, radius: 4, scale: 0.5 } }',
  reference: 'Che et al. 2017, https://arxiv.org/abs/1612.02136',
  make: ({ modes, radius, scale }) => {
    const angles = Array.from({ length: modes }, (_, k) => (2 * Math.PI * k) / modes)
    const mixture = {
      means: angles.map((angle) => [radius * Math.cos(angle), radius * Math.sin(angle)]),
      scales: angles.map(() => scale),
      weights: angles.map(() => 1 / modes),
    }
    return mixtureOf(mixture)
  },
})
