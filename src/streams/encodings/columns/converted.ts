/**
 * A table's own values in the type that its model knows them by: numbers as numbers, text as text, neither encoded nor clamped.
 *
 * A null stays one. Integers and times are rounded to what the type has. Errors: data_column for a value that the type cannot hold.
 */
import { DataType, Vector, type Data } from 'apache-arrow'
import { fail } from '../../../errors.ts'
import { columnFromNumbers } from '../../arrow/from-numbers.ts'
import { isNumber, isTime, numbersOf } from '../../arrow/numbers.ts'
import { columnFromCategories, isCategorical, type Category } from './category.ts'

export function converted(name: string, data: Data, type: DataType): Data {
  if (String(data.type) === String(type)) return data
  if (isNumber(type) && !isTime(data.type)) {
    const numbers = numbersOf(data)
    if (numbers?.is_list === false) return columnFromNumbers(type, Float64Array.from(numbers.values))
  }
  if (isText(type) && isText(data.type)) {
    const texts = [...new Vector([data])] as (string | null)[]
    const categories = [...new Set(texts)].filter((text) => text !== null)
    const numbers = new Map<Category | null, number>(categories.map((text, k) => [text, k]))
    return columnFromCategories(type, categories, Int32Array.from(texts, (text) => numbers.get(text) ?? -1))
  }
  throw fail('data_column', { column: name, problem: `is ${data.type}; it was ${type} when the encoding was fitted` })
}

const isText = (type: DataType): boolean => isCategorical(type) && !DataType.isBool(DataType.isDictionary(type) ? type.dictionary as DataType : type)
