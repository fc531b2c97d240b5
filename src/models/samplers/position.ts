/** Positions with what samplers of a density keep of them: x [dim, chains], score [dim, chains], potential [chains]. */
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { densityOf, type SamplerState } from './contract.ts'

export interface Position extends SamplerState {
  readonly potential: Tensor1D
}

export interface ScoredPosition extends Position {
  readonly score: Tensor2D
}

export const positionAt = (x: Tensor2D, target: Target): Position => ({ x, potential: densityOf(target).potential(x) })

export const scoredPositionAt = (x: Tensor2D, target: Target): ScoredPosition => ({ x, ...densityOf(target).potentialAndScore(x) })
