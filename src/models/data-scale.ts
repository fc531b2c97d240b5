/** Mean and standard deviation of the data, as fields of a component: given, or left to the data. */
import { z } from 'zod'
import { fail } from '../errors.ts'
import type { DataSummary } from './data-summary.ts'

export const meanAndSd = {
  sd: z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description: 'δ, the standard deviation of the data.' }),
  mean: z.union([z.number(), z.literal('auto')]).default('auto').meta({ description: 'm, the mean of the data.' }),
}

interface MeanAndSd {
  readonly sd: number | 'auto'
  readonly mean: number | 'auto'
}

/** The number; throws config_unresolved while it is `auto`. */
export function valueOf(unit: string, value: number | 'auto'): number {
  if (value === 'auto') throw fail('config_unresolved', { unit })
  return value
}

export const resolvedMeanAndSd = ({ sd, mean }: MeanAndSd, data: DataSummary): MeanAndSd =>
  ({ sd: sd === 'auto' ? data.sd : sd, mean: mean === 'auto' ? data.mean : mean })
