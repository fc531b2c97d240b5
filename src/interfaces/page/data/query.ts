/**
 * What is asked of the server for the stage: the columns that are drawn, as many rows as can be seen,
 * as often as an eye follows and the bytes allow.
 */
import type { Axis, Drawable } from './kinds.ts'

export type As = 'images' | 'points' | 'density'

/** Above this a density is clearer than points. */
export const MOST_POINTS = 100_000
const MOST_ROWS: Readonly<Record<As, number>> = { images: 100, points: MOST_POINTS, density: 250_000 }
/** Steps a second. */
const RATES = { images: 12, few: 30, many: 12, most: 4 } as const
/** At most, where a picture costs the processors much: of a stream, and of the whole page. */
export const SOFTWARE_RATE = 2
/** Bytes of a step. */
const MOST_BYTES = 8e6
/** Columns that facts and charts are made of. */
const ALSO = ['step', 'level', 'energy', 'score_norm', 'acceptance_rate', 'is_accepted']

interface Circumstances {
  /** How many there are, where that is known. */
  readonly chains?: number | undefined
  /** Whether there is no graphics processor. */
  readonly is_software?: boolean
}

export function queryFor(as: As, { names, image, is_particles, width }: Drawable, axes: readonly Axis[], { chains, is_software = false }: Circumstances = {}): Readonly<Record<string, string | number>> {
  const drawn = as === 'images' && image !== undefined ? [image.column] : axes.map(({ column }) => column)
  const also = is_particles ? ALSO.filter((name) => names.includes(name)) : []
  const columns = [...new Set([...also, ...drawn])]
  const most = Math.min(MOST_ROWS[as], Math.floor(MOST_BYTES / (4 * width)))
  const rows = Math.min(most, chains ?? most)
  const rate = as === 'images' ? RATES.images : rows <= 32_768 ? RATES.few : rows <= 100_000 ? RATES.many : RATES.most
  return { columns: columns.join(','), rate: is_software ? Math.min(rate, SOFTWARE_RATE) : rate, ...(chains !== undefined && chains <= most ? {} : { rows: most }) }
}
