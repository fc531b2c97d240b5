/** Components that leave something to the data. */
import { expect } from 'vitest'
import type { DataSummary } from '../../src/models/data-summary.ts'
import type { Declared } from '../../src/unit.ts'

export const DATA: DataSummary = { dim: 3, mean: 0.5, sd: 2, largest_distance: 12 }

interface Resolvable {
  resolve(data: DataSummary): Declared<Resolvable>
}

/** Holds that nothing is left open once the data are known, and that there is then nothing more to decide. */
export function decidesAll(declared: Resolvable): void {
  const { is, resolve } = declared.resolve(DATA)
  expect(JSON.stringify(is.config)).not.toContain('"auto"')
  expect(resolve({ dim: 7, mean: -1, sd: 0.1, largest_distance: 3 }).is).toEqual(is)
}
