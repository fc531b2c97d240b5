import { dualAveraging } from './dual-averaging.ts'
import { windows } from './windows.ts'

export const adaptations = [dualAveraging, windows] as const
