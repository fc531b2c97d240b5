/** The largest and the smallest σ, as fields of a noise: given, or left to the data. */
import { z } from 'zod'
import { valueOf } from '../data-scale.ts'
import type { DataSummary } from '../data-summary.ts'

const orAuto = (description: string) => z.union([z.number().positive(), z.literal('auto')]).default('auto').meta({ description })

export const range = {
  largest: orAuto('σ_max; auto: the largest distance between two rows.'),
  smallest: orAuto('σ_min; auto: .03 standard deviations of the data.'),
}

export interface Range {
  readonly largest: number | 'auto'
  readonly smallest: number | 'auto'
}

/** Whether the ends are the right way round, as far as they are known. */
export const falls = ({ largest, smallest }: Range): boolean => largest === 'auto' || smallest === 'auto' || smallest < largest

/** Both ends, the largest first; throws config_unresolved while one is `auto`. */
export const endsOf = (unit: string, { largest, smallest }: Range): [number, number] => [valueOf(unit, largest), valueOf(unit, smallest)]

export const resolvedRange = ({ largest, smallest }: Range, { sd, largest_distance }: DataSummary): { largest: number; smallest: number } =>
  ({ largest: largest === 'auto' ? largest_distance : largest, smallest: smallest === 'auto' ? 0.03 * sd : smallest })
