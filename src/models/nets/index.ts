import { mlp } from './mlp.ts'
import { residualMlp } from './residual-mlp.ts'

export const nets = [mlp, residualMlp] as const
