/** What energies that are joined have in common: coordinates of the same number and kind, and bounds made of those of all. */
import { fail } from '../../errors.ts'
import type { Declared, Parts } from '../../unit.ts'
import { between, intervalsOf, isBounded, isEmpty, type Interval } from '../support.ts'
import type { Energy } from './contract.ts'

/** What they are made of. */
export interface Joined extends Parts {
  readonly of: readonly Declared<Energy>[]
}

/** Bounds of a coordinate, out of those that each energy has for it. */
export type Bounds = (intervals: readonly Interval[]) => Interval

/** Variables of the first energy, and the values of discrete coordinates. Throws config_invalid for energies that do not fit together. */
export function joined(unit: string, energies: readonly Declared<Energy>[], weights: readonly number[] | undefined, bounds: Bounds): Omit<Energy, 'energy'> {
  const misfit = (problem: string): Error => fail('config_invalid', { unit, problem })
  const onData = energies.find((energy) => 'data' in energy)
  if (onData !== undefined) throw misfit(`of: ${onData.is.name} is an energy only once it has the rows of a stream`)
  const [{ dim, variables, discrete }] = energies as readonly [Declared<Energy>]
  if (energies.some((energy) => energy.dim !== dim)) throw misfit(`of: the energies have ${energies.map((energy) => energy.dim).join(', ')} coordinates, not the same number`)
  if (new Set(energies.map(valuesOf)).size > 1) throw misfit(`of: coordinates are ${energies.map((energy) => `${valuesOf(energy)} (${energy.is.name})`).join(', ')}, not alike`)
  if (weights !== undefined && weights.length !== energies.length) throw misfit(`weights: ${weights.length} for ${energies.length} energies`)
  const each = energies.map(({ support = {} }) => intervalsOf(support, dim))
  const support = Array.from({ length: dim }, (_, i) => bounds(each.map((intervals) => intervals[i] as Interval)))
  const empty = support.findIndex(isEmpty)
  if (empty !== -1) throw misfit(`of: no value of coordinate ${empty} (counted from 0) lies within the bounds of all`)
  return {
    dim,
    ...(variables === undefined ? {} : { variables }),
    ...(discrete === undefined ? {} : { discrete: { values: discrete.values } }),
    ...(support.some(isBounded) ? { support } : {}),
  }
}

/** Where every density has mass. */
export const intersection: Bounds = (intervals) => between(Math.max(...intervals.map(lowerOf)), Math.min(...intervals.map(upperOf)))

/** From the lowest to the highest point where some density has mass. */
export const union: Bounds = (intervals) => between(Math.min(...intervals.map(lowerOf)), Math.max(...intervals.map(upperOf)))

const lowerOf = ({ lower = -Infinity }: Interval): number => lower

const upperOf = ({ upper = Infinity }: Interval): number => upper

/** What coordinates are, in words. */
const valuesOf = ({ discrete }: Energy): string => (discrete === undefined ? 'real numbers' : `one of ${discrete.values.toSorted((a, b) => a - b).join(', ')}`)
