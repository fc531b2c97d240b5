import { mlp } from './mlp.ts'
import { residualMlp } from './residual-mlp.ts'
import { unet } from './unet.ts'

export const nets = [mlp, residualMlp, unet] as const
