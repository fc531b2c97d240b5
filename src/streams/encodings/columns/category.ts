/**
 * Categories as coordinates: one for each, with noise in place of the gaps between 0 and 1.
 *
 *   z_k = (1{category is k} + u_k − p_k) / √(p_k (1 − p_k) + 1/12),   u_k uniform in (−½, ½)
 *
 * p_k is the share of the category in the sample: each coordinate has mean 0 and variance 1. The
 * category is where 1{...} + u is largest, which is exact: u keeps 2^-11 away from ±½. The noise is
 * a pure function of (seed, stream, column, row). Source: Uria, Murray & Larochelle 2013 (uniform
 * dequantisation), https://arxiv.org/abs/1306.0186
 */
import { Data, DataType, Dictionary, Vector } from 'apache-arrow'
import { fail } from '../../../errors.ts'
import { boolColumn, utf8Column } from '../../arrow/columns.ts'
import type { TableColumn } from './contract.ts'

export type Category = string | boolean

export interface CategoryParameters {
  readonly categories: readonly Category[]
  /** p_k. */
  readonly rates: readonly number[]
}

/** Booleans, text and dictionaries of text. */
export const isCategorical = (type: DataType): boolean =>
  DataType.isBool(type) || DataType.isUtf8(type) || DataType.isLargeUtf8(type) || (DataType.isDictionary(type) && isCategorical(type.dictionary as DataType))

/** Categories in order, with their shares. */
export function fitCategories(sample: readonly Category[]): CategoryParameters {
  const counts = new Map<Category, number>()
  for (const category of sample) counts.set(category, (counts.get(category) ?? 0) + 1)
  const categories = [...counts.keys()].sort((a, b) => (a < b ? -1 : 1))
  return { categories, rates: categories.map((category) => (counts.get(category) as number) / sample.length) }
}

const MARGIN = 2 ** -11

export function categoryColumn(name: string, type: DataType, { categories, rates }: CategoryParameters): TableColumn {
  const numbers = new Map<unknown, number>(categories.map((category, k) => [category, k]))
  const scales = rates.map((p) => Math.sqrt(p * (1 - p) + 1 / 12))
  const size = categories.length
  return {
    name,
    type,
    size,
    encode(data, { coordinates, at, dim }, draws, first) {
      if (!isCategorical(data.type)) throw fail('data_column', { column: name, problem: `is ${data.type}, not categories` })
      numbersOfRows(data, numbers).forEach((category, row) => {
        const start = row * dim + at
        if (category < 0) coordinates.fill(NaN, start, start + size)
        else {
          for (let k = 0; k < size; k++) {
            const u = (draws.uniform(first + row, k) - 0.5) * (1 - 2 * MARGIN)
            coordinates[start + k] = ((k === category ? 1 : 0) + u - (rates[k] as number)) / (scales[k] as number)
          }
        }
      })
    },
    addLogSlope(_, sums) {
      const slope = -scales.reduce((sum, scale) => sum + Math.log(scale), 0)
      sums.forEach((sum, row) => (sums[row] = sum + slope))
    },
    decode({ coordinates, at, dim }) {
      const rows = coordinates.length / dim
      const indices = Int32Array.from({ length: rows }, (_, row) => largest(coordinates, row * dim + at, scales, rates))
      return columnFromCategories(type, categories, indices)
    },
  }
}

/** The number of each row's category, -1 for a null or a category that is not known. */
function numbersOfRows(data: Data, numbers: ReadonlyMap<unknown, number>): Int32Array {
  const ofValues = (values: Data): Int32Array => {
    const vector = new Vector([values])
    return Int32Array.from({ length: values.length }, (_, row) => numbers.get(vector.get(row)) ?? -1)
  }
  if (!DataType.isDictionary(data.type)) return ofValues(data)
  const entries = (data.dictionary as Vector).data.flatMap((values) => [...ofValues(values)])
  return Int32Array.from({ length: data.length }, (_, row) => (data.getValid(row) ? (entries[data.values[row] as number] ?? -1) : -1))
}

/** Where 1{...} + u is largest; -1 if a coordinate is not finite. */
function largest(coordinates: Float32Array, start: number, scales: readonly number[], rates: readonly number[]): number {
  let [best, at] = [-Infinity, -1]
  for (let k = 0; k < scales.length; k++) {
    const value = (coordinates[start + k] as number) * (scales[k] as number) + (rates[k] as number)
    if (!Number.isFinite(value)) return -1
    if (value > best) [best, at] = [value, k]
  }
  return at
}

/** A column of categories by number; a null for -1. */
export function columnFromCategories(type: DataType, categories: readonly Category[], indices: Int32Array): Data {
  const validity = indices.includes(-1) ? boolColumn(Uint8Array.from(indices, (index) => (index < 0 ? 0 : 1))).values as Uint8Array : undefined
  const nullCount = validity === undefined ? 0 : -1
  if (DataType.isDictionary(type)) {
    const dictionary = new Vector([columnFromCategories(type.dictionary as DataType, categories, Int32Array.from(categories.keys()))])
    const Indices = (type as Dictionary).indices.ArrayType as Int32ArrayConstructor
    const values = Indices.from(indices, (index) => Math.max(0, index))
    return new Data(type, 0, indices.length, nullCount, [undefined, values, validity] as unknown as Data['buffers'], [], dictionary)
  }
  const data = DataType.isBool(type)
    ? boolColumn(Uint8Array.from(indices, (index) => Number(categories[index] ?? false)))
    : utf8Column(Array.from(indices, (index) => String(categories[index] ?? '')), type)
  return new Data(type, 0, indices.length, nullCount, [data.valueOffsets, data.values, validity] as unknown as Data['buffers'])
}

