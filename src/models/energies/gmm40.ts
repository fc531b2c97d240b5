/**
 * The mixture of 40 Gaussians that samplers are compared on.
 *
 *   E(x) = −log (1/40) Σ_k N(x; m_k, s² I),   s = log(1 + e) = 1.3133
 *
 * Means uniform in [−40, 40]². At temperature 1 log Z = 0.
 */
import { z } from 'zod'
import { defineEnergy } from './contract.ts'
import { mixtureOf } from './gaussian-mixture.ts'

/** Those of the reference implementation (PyTorch's generator, seed 0). */
const MEANS = [
  [-0.2995, 21.4577], [-32.9218, -29.4376], [-15.4062, 10.7263], [-0.7925, 31.7156], [-3.5498, 10.5845],
  [-12.0885, -7.8626], [-38.2139, -26.4913], [-16.4889, 1.4817], [15.8134, 24.0009], [-27.1176, -17.4185],
  [14.5287, 33.2155], [-8.232, 29.9325], [-6.4473, 4.2326], [36.219, -37.1068], [-25.1815, -10.1266],
  [-15.592, 34.56], [-25.9272, -18.4133], [-27.9456, -37.4624], [-23.3496, 34.3839], [17.8487, 19.3869],
  [2.1037, -20.5073], [6.7674, -37.3478], [-28.9026, -20.6212], [25.2375, 23.4529], [-17.7398, -1.4433],
  [25.5824, 39.7653], [15.8753, 5.4037], [26.8195, -23.5521], [7.4538, -31.0122], [-27.7234, -20.6633],
  [18.0989, 16.0864], [-23.6941, 12.0843], [21.9589, -5.0487], [1.5273, 9.2682], [24.8151, 38.4078],
  [-30.8249, -14.6588], [15.7204, 33.142], [34.8083, 35.2943], [7.9606, -34.7833], [3.6797, -25.0242],
] as const

const SCALE = Math.log1p(Math.E)

export const gmm40 = defineEnergy({
  name: 'gmm40',
  summary: 'Forty Gaussians scattered over a square: far apart, and easily missed.',
  config: z.strictObject({}),
  example: 'energy: gmm40',
  reference: 'Midgley et al. 2023, https://arxiv.org/abs/2208.01893',
  make: () => mixtureOf({ means: MEANS, scales: MEANS.map(() => SCALE), weights: MEANS.map(() => 1 / MEANS.length) }),
})
