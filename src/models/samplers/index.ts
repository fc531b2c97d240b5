import { annealedLangevin } from './annealed-langevin.ts'
import { langevin } from './langevin.ts'

export const samplers = [annealedLangevin, langevin] as const
