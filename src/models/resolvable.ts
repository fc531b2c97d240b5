/** Components that may leave fields to the data, and those that leave nothing. */
import type { Declared } from '../unit.ts'
import type { DataSummary } from './data-summary.ts'

export interface Resolvable<T> {
  /** The same with every `auto` decided. */
  resolve(data: DataSummary): Declared<T>
}

/** As it is declared: without `resolve` where nothing is left to the data. */
export type Unresolved<T extends Resolvable<T>> = Omit<T, 'resolve'> & Partial<Pick<T, 'resolve'>>

/** With `resolve`: itself unless it says otherwise. What is left to the data is not read, so this is no copy. */
export function resolvable<T extends Resolvable<T>>(made: Unresolved<T>): T {
  const itself = (): Declared<T> => made as Declared<T>
  return (made.resolve === undefined ? Object.assign(made, { resolve: itself }) : made) as T
}
