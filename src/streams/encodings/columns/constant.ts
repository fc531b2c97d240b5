/**
 * A column that is constant in the sample: no coordinates, and its value back.
 *
 * It is not looked at again when rows are encoded.
 */
import type { DataType } from 'apache-arrow'
import { columnFromNumbers } from '../../arrow/from-numbers.ts'
import type { WholeRange } from '../../arrow/numbers.ts'
import { columnFromCategories, type Category } from './category.ts'
import type { TableColumn } from './contract.ts'

export interface ConstantParameters {
  readonly value: number | Category
}

export const constantColumn = (name: string, type: DataType, { value }: ConstantParameters, within?: WholeRange): TableColumn => ({
  name,
  type,
  size: 0,
  encode: () => undefined,
  addLogSlope: () => undefined,
  decode({ coordinates, dim }) {
    const rows = coordinates.length / dim
    return typeof value === 'number' ? columnFromNumbers(type, new Float64Array(rows).fill(value), within) : columnFromCategories(type, [value], new Int32Array(rows))
  },
})
