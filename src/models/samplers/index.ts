import { annealedLangevin } from './annealed-langevin.ts'
import { gibbsWithGradients } from './gibbs-with-gradients.ts'
import { gibbs } from './gibbs.ts'
import { hmc } from './hmc.ts'
import { independence } from './independence.ts'
import { langevin } from './langevin.ts'
import { mala } from './mala.ts'
import { nuts } from './nuts.ts'
import { preconditionedCrankNicolson } from './preconditioned-crank-nicolson.ts'
import { randomWalk } from './random-walk.ts'
import { underdampedLangevin } from './underdamped-langevin.ts'

export const samplers = [
  annealedLangevin, gibbsWithGradients, gibbs, hmc, independence, langevin, mala, nuts, preconditionedCrankNicolson, randomWalk, underdampedLangevin,
] as const
