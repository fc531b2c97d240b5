/** Whether a sampler, what it runs on, what adapts it and where it starts fit together: for lint, and for whoever samples. */
import { fail, type HeatbathError } from '../../errors.ts'
import type { Declared } from '../../unit.ts'
import type { Adaptation } from '../adaptations/contract.ts'
import { startUnknown, type DrawnStart } from '../starts/contract.ts'
import type { Target } from '../target.ts'
import type { Sampler } from './contract.ts'

/** Who lacks what: the details of the error sampler_needs. */
export interface Misfit {
  readonly sampler: string
  readonly need: string
  readonly target: string
}

/** What a target offers beyond a score; its number of coordinates and its temperature where they are known. */
export type Offered = Pick<Target, 'density' | 'levels' | 'discrete' | 'is_walled' | 'draw'> & Partial<Pick<Target, 'dim' | 'temperature'>>

/** Why chains cannot begin as a start says: start_unknown, sampler_needs. */
export function startFault(start: DrawnStart, { draw, discrete }: Offered, name: string, temperature: number): HeatbathError | undefined {
  if (start.needs === 'draws' && draw === undefined) return startUnknown(name, temperature)
  return start.needs === 'states' && discrete === undefined ? fail('sampler_needs', { sampler: 'the start states', need: 'discrete coordinates', target: name }) : undefined
}

export function misfitOf(sampler: Declared<Sampler>, adapt: Declared<Adaptation> | undefined, offered: Offered, name: string): Misfit | undefined {
  const { is, needs, domain = 'real', fewest = 1, info, is_exact = false, moves_exactly = is_exact, tunes = [] } = sampler
  const { density, levels, discrete, is_walled = false, dim = fewest, temperature = 1 } = offered
  const lacks = (need: string): Misfit => ({ sampler: is.name, need, target: name })
  if (needs === 'density' && density === undefined) return lacks('an energy')
  if (needs === 'levels' && levels === undefined) return lacks('a model over noise levels')
  const misfit = misfitAt(temperature, sampler, name)
  if (misfit !== undefined) return misfit
  if (needs === 'ancestral' && discrete?.ancestral === undefined) return lacks('coordinates that can be drawn in turn (an autoregressive model, at temperature 1)')
  if (domain === 'discrete' && discrete === undefined) return lacks('discrete coordinates')
  if (domain === 'real' && discrete !== undefined) return lacks('coordinates that are real numbers')
  if (is_walled && !moves_exactly) return lacks('coordinates on the whole line (support: transform), as it has no Metropolis test')
  if (dim < fewest) return lacks(`${fewest} coordinates at least`)
  if (adapt === undefined) return undefined
  const missing = adapt.tunes.find((what) => !tunes.includes(what))
  if (missing !== undefined) return { sampler: adapt.is.name, need: `a ${missing.replace('_', ' ')} to tune`, target: is.name }
  return adapt.sees in info ? undefined : { sampler: adapt.is.name, need: `the ${adapt.sees.replace('_', ' ')} to tune by`, target: is.name }
}

/** Of a sampler that is right at temperature 1 alone, whatever else it needs. */
export const misfitAt = (temperature: number, { is, is_reversal = false }: Declared<Sampler>, name: string): Misfit | undefined =>
  (is_reversal && temperature !== 1 ? { sampler: is.name, need: 'temperature 1', target: `${name} at temperature ${temperature}` } : undefined)
