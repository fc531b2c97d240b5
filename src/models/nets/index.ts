import { layersModel } from './layers-model.ts'
import { made } from './made.ts'
import { mlp } from './mlp.ts'
import { residualMlp } from './residual-mlp.ts'
import { unet } from './unet.ts'

export const nets = [layersModel, made, mlp, residualMlp, unet] as const
