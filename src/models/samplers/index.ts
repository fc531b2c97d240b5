import { ancestral } from './ancestral.ts'
import { annealedImportanceSampling } from './annealed-importance-sampling.ts'
import { annealedLangevin } from './annealed-langevin.ts'
import { barker } from './barker.ts'
import { ddim } from './ddim.ts'
import { dpmSolver } from './dpm-solver.ts'
import { ellipticalSlice } from './elliptical-slice.ts'
import { gibbsWithGradients } from './gibbs-with-gradients.ts'
import { gibbs } from './gibbs.ts'
import { hmc } from './hmc.ts'
import { independence } from './independence.ts'
import { langevin } from './langevin.ts'
import { mala } from './mala.ts'
import { microcanonical } from './microcanonical.ts'
import { nuts } from './nuts.ts'
import { parallelTempering } from './parallel-tempering.ts'
import { preconditionedCrankNicolson } from './preconditioned-crank-nicolson.ts'
import { predictorCorrector } from './predictor-corrector.ts'
import { probabilityFlow } from './probability-flow.ts'
import { randomWalk } from './random-walk.ts'
import { reverseSde } from './reverse-sde.ts'
import { smc } from './smc.ts'
import { svgd } from './svgd.ts'
import { underdampedLangevin } from './underdamped-langevin.ts'

export const samplers = [
  ancestral, annealedImportanceSampling, annealedLangevin, barker, ddim, dpmSolver, ellipticalSlice, gibbsWithGradients, gibbs, hmc, independence, langevin,
  mala, microcanonical, nuts, parallelTempering, preconditionedCrankNicolson, predictorCorrector, probabilityFlow, randomWalk, reverseSde, smc,
  svgd, underdampedLangevin,
] as const
