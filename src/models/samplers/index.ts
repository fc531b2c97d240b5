import { langevin } from './langevin.ts'

export const samplers = [langevin] as const
