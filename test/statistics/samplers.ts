/**
 * Samplers and what they are held to: each runs on a set of targets (targets.ts), and its broken
 * twins (twins.ts) are found out there.
 *
 * To add one, write a row: a step size that suits the set, as many steps as it needs to forget a
 * start that is over-dispersed (some relaxation times), and twins of which one at least fails on
 * each target. An unadjusted sampler is biased: its step is to be so small that 10 000 chains do not
 * show it (a sixth of a standard error here), and what its bias is, is a test of its own.
 */
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { barker } from '../../src/models/samplers/barker.ts'
import { ellipticalSlice } from '../../src/models/samplers/elliptical-slice.ts'
import { gibbsWithGradients } from '../../src/models/samplers/gibbs-with-gradients.ts'
import { gibbs } from '../../src/models/samplers/gibbs.ts'
import { hmc } from '../../src/models/samplers/hmc.ts'
import { independence } from '../../src/models/samplers/independence.ts'
import { langevin } from '../../src/models/samplers/langevin.ts'
import { mala } from '../../src/models/samplers/mala.ts'
import { microcanonical } from '../../src/models/samplers/microcanonical.ts'
import { nuts } from '../../src/models/samplers/nuts.ts'
import { parallelTempering } from '../../src/models/samplers/parallel-tempering.ts'
import { preconditionedCrankNicolson } from '../../src/models/samplers/preconditioned-crank-nicolson.ts'
import { randomWalk } from '../../src/models/samplers/random-walk.ts'
import { underdampedLangevin } from '../../src/models/samplers/underdamped-langevin.ts'
import type { Declared } from '../../src/unit.ts'
import type { TargetSet } from './targets.ts'
import { allAtOnce, flippedDrift, halvedNoise, tooCold, withoutChainTest, withoutRatio, withoutSwapTest, withoutTest, type Twin } from './twins.ts'

export interface SamplerRow {
  readonly sampler: Declared<Sampler>
  readonly on: TargetSet
  readonly steps: number
  readonly twins: readonly Twin[]
}

const CRANK_NICOLSON = preconditionedCrankNicolson({ scale: 3, step_size: 0.1 })
const BARKER = barker({ scale: 0.5 })
const INDEPENDENCE = independence({ mean: [0, 0, -1], scale: 1.2 })

const WALK = randomWalk({ scale: 0.3 })

/** Tests what a sampler proposes by the energies alone. */
const byEnergiesAlone = (sampler: Declared<Sampler>): Twin => withoutRatio(withoutTest.of(sampler))

export const SAMPLERS: readonly SamplerRow[] = [
  { sampler: langevin({ step_size: 0.001 }), on: 'gentle', steps: 4000, twins: [flippedDrift, halvedNoise] },
  { sampler: underdampedLangevin({ step_size: 0.05 }), on: 'gentle', steps: 600, twins: [flippedDrift, tooCold] },
  { sampler: mala({ step_size: 0.04 }), on: 'gentle', steps: 400, twins: [withoutTest, withoutRatio(langevin({ step_size: 0.04 })), halvedNoise] },
  { sampler: BARKER, on: 'gentle', steps: 400, twins: [withoutTest, withoutRatio(withoutChainTest.of(BARKER))] },
  { sampler: WALK, on: 'gentle', steps: 600, twins: [withoutTest] },
  { sampler: CRANK_NICOLSON, on: 'gentle', steps: 600, twins: [withoutTest, byEnergiesAlone(CRANK_NICOLSON)] },
  { sampler: ellipticalSlice({ scale: 3 }), on: 'gentle', steps: 200, twins: [tooCold, halvedNoise] },
  { sampler: INDEPENDENCE, on: 'few', steps: 60, twins: [withoutTest, byEnergiesAlone(INDEPENDENCE)] },
  { sampler: hmc({ step_size: 0.3, steps: 4 }), on: 'gentle', steps: 60, twins: [withoutTest, halvedNoise] },
  { sampler: gibbs({}), on: 'spins', steps: 30, twins: [allAtOnce, tooCold] },
  { sampler: gibbs({}), on: 'colours', steps: 30, twins: [tooCold] },
  { sampler: gibbsWithGradients({}), on: 'spins', steps: 300, twins: [withoutTest, byEnergiesAlone(gibbsWithGradients({}))] },
  { sampler: gibbsWithGradients({}), on: 'colours', steps: 400, twins: [withoutTest] },
  { sampler: parallelTempering({ ladder: [1, 2, 4] }, { sampler: WALK }), on: 'gentle', steps: 200, twins: [withoutTest, withoutSwapTest] },
  { sampler: parallelTempering({ ladder: { highest: 3, rungs: 2 } }, { sampler: gibbs({}) }), on: 'spins', steps: 30, twins: [withoutSwapTest, tooCold] },
  { sampler: microcanonical({ step_size: 0.3 }), on: 'gentle', steps: 600, twins: [flippedDrift, tooCold] },
  { sampler: nuts({ step_size: 0.25 }), on: 'gentle', steps: 40, twins: [halvedNoise] },
]

/** Samplers without a row, and why. */
export const WAIVED: Readonly<Record<string, string>> = {
  ancestral: 'draws of autoregressive models alone, by their own law: autoregressive.test.ts',
  annealed_importance_sampling: 'its draws have weights: partition.test.ts',
  annealed_langevin: 'runs on models over noise levels: annealed.test.ts',
  ddim: 'runs on models over noise levels: diffusion.test.ts',
  dpm_solver: 'runs on models over noise levels: diffusion.test.ts',
  predictor_corrector: 'runs on models over noise levels: diffusion.test.ts',
  probability_flow: 'runs on models over noise levels: diffusion.test.ts',
  reverse_sde: 'runs on models over noise levels: diffusion.test.ts',
  smc: 'its draws have weights, and are not independent: partition.test.ts',
  svgd: 'its particles are no draws: models/samplers/svgd.test.ts',
}
