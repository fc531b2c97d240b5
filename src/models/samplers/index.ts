import { annealedLangevin } from './annealed-langevin.ts'
import { hmc } from './hmc.ts'
import { langevin } from './langevin.ts'
import { mala } from './mala.ts'
import { nuts } from './nuts.ts'
import { randomWalk } from './random-walk.ts'

export const samplers = [annealedLangevin, hmc, langevin, mala, nuts, randomWalk] as const
