import { compareOperator } from './compare.ts'
import { diagnoseOperator } from './diagnose.ts'
import { lossOperator } from './loss.ts'
import { optimizeOperator } from './optimize.ts'
import { perturbOperator } from './perturb.ts'
import { rebatchOperator } from './rebatch.ts'
import { repeatOperator } from './repeat.ts'
import { shuffleOperator } from './shuffle.ts'
import { thinOperator } from './thin.ts'

export const operators = [
  compareOperator, diagnoseOperator, lossOperator, optimizeOperator, perturbOperator, rebatchOperator, repeatOperator, shuffleOperator, thinOperator,
] as const
