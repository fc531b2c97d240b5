import { doubleWell } from './double-well.ts'
import { gaussian } from './gaussian.ts'
import { gaussianMixture } from './gaussian-mixture.ts'
import { ringOfGaussians } from './ring-of-gaussians.ts'

export const energies = [doubleWell, gaussian, gaussianMixture, ringOfGaussians] as const
