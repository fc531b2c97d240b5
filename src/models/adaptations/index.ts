import { dualAveraging } from './dual-averaging.ts'
import { energyVariance } from './energy-variance.ts'
import { windows } from './windows.ts'

export const adaptations = [dualAveraging, energyVariance, windows] as const
