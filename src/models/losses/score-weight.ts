/** Weights of the noise levels in losses of a score that draw no noise of their own. */
import { z } from 'zod'
import { tf, type Scalar, type Tensor1D } from '../../engine/tf.ts'

export const ScoreWeight = z.enum(['one', 'sigma_squared']).default('sigma_squared').meta({ description: 'w(σ): how much each noise level counts; without noise every row counts alike.' })

/** Mean over rows, [rows], with σ where there is noise. */
export const weightedMean = (weight: z.output<typeof ScoreWeight>, perRow: Tensor1D, sigma: Tensor1D | undefined): Scalar =>
  tf.mean<Scalar>(sigma === undefined || weight === 'one' ? perRow : tf.mul(perRow, tf.square(sigma)))
