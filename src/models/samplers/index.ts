import { annealedLangevin } from './annealed-langevin.ts'
import { ddim } from './ddim.ts'
import { hmc } from './hmc.ts'
import { langevin } from './langevin.ts'
import { mala } from './mala.ts'
import { nuts } from './nuts.ts'
import { predictorCorrector } from './predictor-corrector.ts'
import { probabilityFlow } from './probability-flow.ts'
import { randomWalk } from './random-walk.ts'
import { reverseSde } from './reverse-sde.ts'

export const samplers = [annealedLangevin, ddim, hmc, langevin, mala, nuts, predictorCorrector, probabilityFlow, randomWalk, reverseSde] as const
