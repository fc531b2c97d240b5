/**
 * A column of categories by their numbers, 0, 1, ...; of fixed-size lists one for each entry, all with the same categories.
 *
 * Categories are text, booleans or integers, in order. A value that is no category has no number; a coordinate that is no number of
 * one is a null.
 */
import { Data, DataType, Field, FixedSizeList, Vector } from 'apache-arrow'
import { fail } from '../../../errors.ts'
import { bitAt } from '../../arrow/bits.ts'
import { columnFromNumbers } from '../../arrow/from-numbers.ts'
import { columnFromCategories, isCategorical, type Category } from './category.ts'
import type { TableColumn } from './contract.ts'

export type State = Category | number

export interface NumberedParameters {
  readonly categories: readonly State[]
  /** Entries of a list; absent for a column that has none. */
  readonly size?: number | undefined
}

/** Text, booleans, dictionaries of text, integers; and whether it is a list of them. */
export const itemOf = (type: DataType): DataType => (DataType.isFixedSizeList(type) ? type.valueType as DataType : type)
export const isNumbered = (type: DataType): boolean => isCategorical(itemOf(type)) || DataType.isInt(itemOf(type))

/** The categories of each row, entry by entry; null where there is none. */
export function statesOf(data: Data): (State | null)[] {
  const { type } = data
  const size = DataType.isFixedSizeList(type) ? type.listSize : 1
  const items = new Vector([DataType.isFixedSizeList(type) ? data.children[0] as Data : data])
  return Array.from({ length: data.length * size }, (_, i) => {
    const isThere = data.nullCount === 0 || data.nullBitmap === undefined || bitAt(data.nullBitmap, data.offset + Math.floor(i / size)) === 1
    const value = isThere ? (items.get(i) as State | bigint | null) : null
    return typeof value === 'bigint' ? Number(value) : value
  })
}

/** All that there are, in order. */
export const categoriesOf = (states: readonly State[]): State[] => [...new Set(states)].sort((a, b) => (a < b ? -1 : 1))

/** `item` is the type of a list's entries. */
export function numberedColumn(name: string, item: DataType, { categories, size }: NumberedParameters): TableColumn {
  const numbers = new Map<State | null, number>(categories.map((category, k) => [category, k]))
  const type = size === undefined ? item : new FixedSizeList(size, new Field('item', item, true))
  const width = size ?? 1
  return {
    name,
    type,
    size: width,
    encode(data, { coordinates, at, dim }) {
      const entries = DataType.isFixedSizeList(data.type) ? data.type.listSize : undefined
      if (!isNumbered(data.type) || entries !== size) throw fail('data_column', { column: name, problem: `is ${data.type}; it was ${type} when the encoding was fitted` })
      statesOf(data).forEach((state, i) => (coordinates[Math.floor(i / width) * dim + at + (i % width)] = numbers.get(state) ?? NaN))
    },
    decode({ coordinates, at, dim }) {
      const rows = coordinates.length / dim
      const indices = Int32Array.from({ length: rows * width }, (_, i) => {
        const number = Math.round(coordinates[Math.floor(i / width) * dim + at + (i % width)] as number)
        return number >= 0 && number < categories.length ? number : -1
      })
      const items = DataType.isInt(item)
        ? columnFromNumbers(item, Float64Array.from(indices, (index) => (index < 0 ? NaN : Number(categories[index]))))
        : columnFromCategories(item, categories as readonly Category[], indices)
      return size === undefined ? items : new Data(type, 0, rows, 0, [undefined, undefined, undefined] as unknown as Data['buffers'], [items])
    },
    addLogSlope: () => undefined,
  }
}
