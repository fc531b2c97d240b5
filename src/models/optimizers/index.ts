import { adam } from './adam.ts'
import { sgd } from './sgd.ts'

export const optimizers = [adam, sgd] as const
