import { compareOperator } from './compare.ts'
import { contrastOperator } from './contrast.ts'
import { diagnoseOperator } from './diagnose.ts'
import { encodeOperator } from './encode.ts'
import { estimateLogZOperator } from './estimate-log-z.ts'
import { evaluateOperator } from './evaluate.ts'
import { imputeOperator } from './impute.ts'
import { lossOperator } from './loss.ts'
import { maskOperator } from './mask.ts'
import { optimizeOperator } from './optimize.ts'
import { perturbOperator } from './perturb.ts'
import { poolOperator } from './pool.ts'
import { rebatchOperator } from './rebatch.ts'
import { repeatOperator } from './repeat.ts'
import { shuffleOperator } from './shuffle.ts'
import { thinOperator } from './thin.ts'
import { validateOperator } from './validate.ts'

export const operators = [
  compareOperator, contrastOperator, diagnoseOperator, encodeOperator, estimateLogZOperator, evaluateOperator, imputeOperator, lossOperator, maskOperator, optimizeOperator, perturbOperator,
  poolOperator, rebatchOperator, repeatOperator, shuffleOperator, thinOperator, validateOperator,
] as const
