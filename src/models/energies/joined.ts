/** What energies that are joined have in common: checked dimensions, and bounds that hold for all. */
import { fail } from '../../errors.ts'
import type { Declared, Parts } from '../../unit.ts'
import type { Interval } from '../support.ts'
import { intervalsOf } from '../support.ts'
import type { Energy } from './contract.ts'

/** What they are made of. */
export interface Joined extends Parts {
  readonly of: readonly Declared<Energy>[]
}

/** Variables of the first energy, the bounds of all, and the values of discrete coordinates. */
export function joined(unit: string, energies: readonly Energy[], weights: readonly number[] | undefined): Omit<Energy, 'energy'> {
  const [{ dim, variables, discrete }] = energies as readonly [Energy]
  if (energies.some((energy) => energy.dim !== dim)) {
    throw fail('config_invalid', { unit, problem: `of: the energies have ${energies.map((energy) => energy.dim).join(', ')} coordinates, not the same number` })
  }
  if (weights !== undefined && weights.length !== energies.length) throw fail('config_invalid', { unit, problem: `weights: ${weights.length} for ${energies.length} energies` })
  const bounded = energies.flatMap(({ support }) => (support === undefined ? [] : [intervalsOf(support, dim)]))
  return {
    dim,
    ...(variables === undefined ? {} : { variables }),
    ...(discrete === undefined ? {} : { discrete: { values: discrete.values } }),
    ...(bounded.length === 0 ? {} : { support: Array.from({ length: dim }, (_, i) => intersection(bounded.map((intervals) => intervals[i] as Interval))) }),
  }
}

function intersection(intervals: readonly Interval[]): Interval {
  const lower = Math.max(...intervals.map((interval) => interval.lower ?? -Infinity))
  const upper = Math.min(...intervals.map((interval) => interval.upper ?? Infinity))
  return { ...(lower > -Infinity ? { lower } : {}), ...(upper < Infinity ? { upper } : {}) }
}
